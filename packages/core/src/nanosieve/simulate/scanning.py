"""Secondary electrons: bright by tilt and edges, dark where crevices hold them back."""

from __future__ import annotations

from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.simulate.scene import Scene
from nanosieve.simulate.settings import SimulationSettings
from nanosieve.simulate.texture import patchy, texture
from nanosieve.values import FloatImage

# The yield rises as 1 / cos(tilt) until the path in the material is as long as the electrons' range
# (Reimer 1998, Scanning Electron Microscopy, chapter 4).
MOST_YIELD = 4.0
# How far from an edge electrons still leave through the wall beyond it, over the median diameter.
ESCAPE = 0.045
# Openness: directions of the horizon, and distances at which it is sought, over the median diameter.
DIRECTIONS = 12
DISTANCES = (0.05, 0.12, 0.25, 0.5)
STEEPEST = 4.0
SPREAD = 0.25


def relief(settings: SimulationSettings, rng: np.random.Generator) -> FloatImage:
    """Height of the ground, shape (H, W), px: waves, and in patches the wrinkles of a dried film."""
    shape = (settings.height, settings.width)
    diameter = settings.diameter_px
    waves = texture(shape, (0.25 * diameter + 2, diameter, 4 * diameter), rng)
    folds = texture(shape, (0.6 * diameter + 4,), rng)
    # narrow ridges where a random field passes 0
    ridges = np.exp(-((folds / 0.12) ** 2)) * patchy(texture(shape, (1.5 * diameter + 20,), rng), 0.4)
    height = diameter * (0.06 * settings.ground * waves + 0.25 * settings.blotches * ridges)
    return np.asarray(height, np.float32)


def secondary_electrons(
    scene: Scene,
    ground: FloatImage,
    settings: SimulationSettings,
    strengths: NDArray[np.float64],
    rng: np.random.Generator,
) -> FloatImage:
    """SE signal, shape (H, W): the ground's grey, and above it what tilt, edges, light and openness make of `contrast`.

    Parameters
    ----------
    ground : height of the ground, px
    strengths : yield of each particle over that of the material
    """
    base = settings.ground_grey("se")
    towards = rng.uniform(0, 2 * pi)
    normal_x, normal_y, normal_z = scene.normal
    tilt = (np.minimum(1 / np.maximum(normal_z, 1e-3), MOST_YIELD) - 1) / (MOST_YIELD - 1)
    near_edge = np.exp(-scene.edge_distance / np.float32(max(ESCAPE * settings.diameter_px, 0.6)))
    bright = (1 - settings.edge) + settings.edge * np.minimum(tilt**0.7 + 0.5 * near_edge, 1)
    light = 1 + settings.side_light * (cos(towards) * normal_x + sin(towards) * normal_y)
    rough = texture(ground.shape, (0.08 * settings.diameter_px + 1.5, 0.25 * settings.diameter_px + 2), rng)
    strength = np.append(strengths, 1)[scene.owner]
    particle = (
        settings.contrast * strength * bright * light * (1 + settings.surface * scene.samples.spread(rough))
    )
    lie = _ground_signal(ground, base, settings, towards, rng)
    signal = np.where(scene.owner >= 0, base + particle, scene.samples.spread(lie)).astype(np.float32)
    return np.asarray(scene.samples.gather(signal) * _openness(scene, ground, settings), np.float32)


def _ground_signal(
    ground: FloatImage, base: float, settings: SimulationSettings, towards: float, rng: np.random.Generator
) -> FloatImage:
    slope_y, slope_x = np.gradient(ground)
    tilt = np.sqrt(1 + slope_x**2 + slope_y**2)
    light = -(cos(towards) * slope_x + sin(towards) * slope_y)
    grain = texture(ground.shape, (2.5, 0.3 * settings.diameter_px + 3), rng)
    signal = base * (1 + 0.8 * settings.edge * (tilt - 1) + (0.15 + settings.side_light) * light)
    return np.asarray(signal * (1 + 0.25 * settings.ground * grain), np.float32)


def _openness(scene: Scene, ground: FloatImage, settings: SimulationSettings) -> FloatImage:
    """Share of electrons that get away: 1 in the open, less at the foot of particles and in gaps.

    In each direction the horizon, as far as it rises over the surface's own slope, holds back 1 of 1 - sin(elevation).
    """
    top = scene.samples.gather(scene.top)
    pixels = ground.size
    flat = np.maximum(scene.normal[2, :pixels], 0.2)
    slope_x = (-scene.normal[0, :pixels] / flat).reshape(ground.shape)
    slope_y = (-scene.normal[1, :pixels] / flat).reshape(ground.shape)
    free = np.zeros(ground.shape, np.float32)
    reaches = sorted({max(1, round(share * settings.diameter_px)) for share in DISTANCES})
    # what is far off counts by its surroundings: a few directions then stand for all
    around = [
        np.asarray(cv2.GaussianBlur(top, (0, 0), max(SPREAD * reach, 0.3)), np.float32) for reach in reaches
    ]
    for direction in range(DIRECTIONS):
        dx, dy = cos(2 * pi * direction / DIRECTIONS), sin(2 * pi * direction / DIRECTIONS)
        own = np.asarray(dx * slope_x + dy * slope_y, np.float32)
        rise = np.zeros(ground.shape, np.float32)
        for reach, smooth in zip(reaches, around, strict=True):
            step_x, step_y = round(dx * reach), round(dy * reach)
            moved = _moved(smooth, step_x, step_y)
            np.maximum(rise, (moved - top) / np.float32(np.hypot(step_x, step_y) or 1) - own, out=rise)
        rise = np.minimum(rise, STEEPEST)
        free += 1 - rise / np.sqrt(1 + rise**2)
    openness = cv2.GaussianBlur(free / DIRECTIONS, (0, 0), 0.5)
    return np.asarray(np.power(openness, np.float32(settings.shadowing)), np.float32)


def _moved(image: FloatImage, step_x: int, step_y: int) -> FloatImage:
    """The image seen a step away; its edges go on beyond it."""
    height, width = image.shape
    rows = np.clip(np.arange(height) + step_y, 0, height - 1)
    columns = np.clip(np.arange(width) + step_x, 0, width - 1)
    return image[rows][:, columns]
