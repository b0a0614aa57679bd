"""From what the beam meets to what the detector should see, before noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.simulate.scene import FINE, Scene, to_pixels
from nanosieve.simulate.settings import GROUND, Kind, SimulationSettings

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
    relief = (
        texture((settings.height, settings.width), (3, 9, 40), rng) * settings.roughness * 0.08 * diameter
    )
    ground = cv2.resize(relief, scene.top.shape[::-1], interpolation=cv2.INTER_LINEAR)
    surface = np.where(scene.owner > 0, scene.top, ground).astype(np.float32)
    slope_x = cv2.Sobel(surface, cv2.CV_32F, 1, 0, scale=FINE / 8)
    slope_y = cv2.Sobel(surface, cv2.CV_32F, 0, 1, scale=FINE / 8)
    tilt = np.minimum(np.sqrt(1 + slope_x**2 + slope_y**2), MOST_YIELD)
    light = 1 - 0.1 * np.clip(0.8 * slope_x + 0.6 * slope_y, -1.5, 1.5)
    sky = _open_sky(surface, diameter)
    base = ground_of("se", settings)
    produced = (tilt - 1) / (MOST_YIELD - 1)
    particle = base + settings.contrast * (0.35 + 0.75 * produced) * light * sky
    signal = np.where(scene.owner > 0, particle, base * (0.6 + 0.4 * sky) * (1 + produced))
    return to_pixels(signal.astype(np.float32))


def _open_sky(surface: FloatImage, diameter: float) -> FloatImage:
    """How freely electrons leave: 1 in the open, less in crevices and at the foot of particles."""
    height, width = surface.shape
    small = cv2.resize(surface, (width // FINE, height // FINE), interpolation=cv2.INTER_AREA)
    sky = np.ones_like(surface)
    for scale in (0.12, 0.4):
        around = cv2.resize(cv2.GaussianBlur(small, (0, 0), scale * diameter), (width, height))
        sky *= np.exp(-0.6 * np.maximum(around - surface, 0) / (scale * diameter))
    return sky


def transmitted(
    scene: Scene, kind: Kind, settings: SimulationSettings, rng: np.random.Generator
) -> FloatImage:
    """STEM signal by thickness: bright field falls as exp(-t / lambda), dark field rises as 1 - exp(-t / lambda).

    Overlapping particles add up in thickness. Lambda is chosen so that a median sphere has the wanted contrast.
    """
    diameter = settings.diameter_nm / settings.pixel_size_nm
    shape = (settings.height, settings.width)
    through = np.exp(-scene.thickness / (diameter * attenuation(settings))).astype(np.float32)
    film = 1 + 0.06 * settings.roughness * texture(shape, (2, 5, 30), rng)
    # dried residue: wispy, in some places only
    residue = np.maximum(texture(shape, (6, 18), rng) - 0.4, 0) * np.maximum(
        texture(shape, (120,), rng) - 0.6, 0
    )
    film -= settings.roughness * 1.5 * np.minimum(residue, 1)
    passed = to_pixels(through)
    base = ground_of(kind, settings)
    if kind == "stem_bf":
        return (base * film * passed + 0.02).astype(np.float32)
    return (base * (2 - film) + (1 - base) * (1 - passed)).astype(np.float32)


def ground_of(kind: Kind, settings: SimulationSettings) -> float:
    """Grey of the ground."""
    return GROUND[kind] if settings.brightness is None else settings.brightness


def attenuation(settings: SimulationSettings) -> float:
    """Mean free path in median diameters: the middle of a median sphere keeps 1 - contrast of the beam."""
    return -1 / float(np.log(max(1 - settings.contrast, 0.02)))
