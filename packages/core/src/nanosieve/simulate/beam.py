"""From what the beam meets to what the detector should see, before noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.simulate.scene import FINE, Scene, to_pixels
from nanosieve.simulate.settings import Kind, SimulationSettings

FloatImage = NDArray[np.float32]
# Secondary-electron yield grows with tilt as 1 / cos, and is limited by the depth of escape (Reimer 1998, ch. 4).
MOST_YIELD = 3.2


def texture(shape: tuple[int, int], scales_px: tuple[float, ...], rng: np.random.Generator) -> FloatImage:
    """Random relief on several scales, standard deviation 1."""
    total = np.zeros(shape, np.float32)
    for scale in scales_px:
        small = (max(4, int(shape[0] / scale) + 3), max(4, int(shape[1] / scale) + 3))
        layer = rng.normal(0, 1, small).astype(np.float32)
        total += cv2.resize(layer, shape[::-1], interpolation=cv2.INTER_CUBIC) * np.float32(scale**0.5)
    return total / max(float(total.std()), 1e-6)


def secondary_electrons(scene: Scene, settings: SimulationSettings, rng: np.random.Generator) -> FloatImage:
    """SE signal: tilt and edges are bright, crevices and contacts are dark."""
    diameter = settings.diameter_nm / settings.pixel_size_nm
    top = scene.top / FINE**0  # heights are in px already
    relief = (
        texture((settings.height, settings.width), (3, 9, 40), rng) * settings.roughness * 0.08 * diameter
    )
    ground = cv2.resize(relief, top.shape[::-1], interpolation=cv2.INTER_LINEAR)
    surface = np.where(scene.owner > 0, top, ground).astype(np.float32)
    # slopes where the surface is one piece; a step to another particle is an edge, not a slope
    slope_x = cv2.Sobel(surface, cv2.CV_32F, 1, 0, scale=FINE / 8)
    slope_y = cv2.Sobel(surface, cv2.CV_32F, 0, 1, scale=FINE / 8)
    tilt = np.sqrt(1 + slope_x**2 + slope_y**2)
    produced = np.minimum(tilt, MOST_YIELD) ** 0.8
    open_sky = np.ones_like(surface)
    for scale in (0.15, 0.5):
        sigma = scale * diameter * FINE
        around = cv2.GaussianBlur(cv2.resize(surface, None, fx=1 / FINE, fy=1 / FINE), (0, 0), sigma / FINE)
        buried = np.maximum(cv2.resize(around, surface.shape[::-1]) - surface, 0) / (scale * diameter)
        open_sky *= np.exp(-0.9 * buried)
    light = 1 - 0.12 * np.clip((slope_x * 0.8 + slope_y * 0.6), -1.5, 1.5)
    particle = produced * open_sky * light
    base = settings.brightness
    signal = np.where(
        scene.owner > 0,
        base + settings.contrast * (0.35 + 0.3 * particle),
        base * open_sky * (0.75 + 0.25 * produced),
    )
    return to_pixels(signal.astype(np.float32))


def transmitted(
    scene: Scene, kind: Kind, settings: SimulationSettings, rng: np.random.Generator
) -> FloatImage:
    """STEM signal by thickness: bright field falls as exp(-t / lambda), dark field rises as 1 - exp(-t / lambda).

    Overlapping particles add up in thickness. Lambda is chosen so that a median sphere has the wanted contrast.
    """
    diameter = settings.diameter_nm / settings.pixel_size_nm
    shape = (settings.height, settings.width)
    through = np.exp(-scene.thickness / (diameter * attenuation(settings))).astype(np.float32)
    film = 1 + 0.1 * settings.roughness * texture(shape, (2, 5, 30), rng)
    passed = to_pixels(through)
    if kind == "stem_bf":
        return (settings.brightness * 1.0 * film * passed + 0.02).astype(np.float32)
    room = 1 - settings.brightness * 0.3
    return (settings.brightness * 0.3 * film + room * (1 - passed)).astype(np.float32)


def attenuation(settings: SimulationSettings) -> float:
    """Mean free path in median diameters: the middle of a median sphere keeps 1 - contrast of the beam."""
    return -1 / float(np.log(max(1 - settings.contrast, 0.02)))
