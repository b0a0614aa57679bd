"""Transmitted electrons: thickness dims the bright field and lights up the dark field."""

from __future__ import annotations

from math import log

import cv2
import numpy as np

from nanosieve.kinds import Kind
from nanosieve.simulate.scene import Scene
from nanosieve.simulate.settings import SimulationSettings
from nanosieve.simulate.texture import patchy, slow_change, texture
from nanosieve.values import FloatImage

# A shell takes away this share of what the same thickness of the particle takes.
SHELL_DENSITY = 0.25


def transmitted(
    scene: Scene, kind: Kind, settings: SimulationSettings, rng: np.random.Generator
) -> FloatImage:
    """STEM signal, shape (H, W), by thickness t: bright field exp(-t / lambda), dark field 1 - exp(-t / lambda).

    Lambda is such that the middle of a median sphere takes `contrast` of the beam away. Depths add up, so the
    transmissions of particles that overlap multiply (Beer-Lambert).
    """
    shape = (settings.height, settings.width)
    diameter = settings.diameter_px
    crystal = texture(shape, (0.25 * diameter + 2, 0.5 * diameter + 3), rng)
    depth = scene.depth * (1 + np.clip(settings.surface * scene.samples.spread(crystal), -0.5, 0.5))
    depth = depth + SHELL_DENSITY * scene.shell
    kept = scene.samples.gather(np.exp(-depth / np.float32(mean_free_path_px(settings))).astype(np.float32))
    film = np.exp(-_film(settings, rng))
    base = settings.ground_grey(kind)
    if kind == "stem_bf":
        signal = base * film * kept
        if settings.fringe:
            signal = signal + settings.fringe * (
                signal - cv2.GaussianBlur(signal, (0, 0), 0.02 * diameter + 1.2)
            )
        return np.asarray(np.maximum(signal, 0), np.float32)
    return np.asarray(base * (2 - film) * kept + (1 - kept), np.float32)


def mean_free_path_px(settings: SimulationSettings) -> float:
    """Thickness after which 1/e of the beam is left, px."""
    return settings.diameter_px / -log(1 - settings.contrast)


def _film(settings: SimulationSettings, rng: np.random.Generator) -> FloatImage:
    """Optical depth of the supporting film: grain, residue in wisps and blots, slow changes of thickness."""
    shape = (settings.height, settings.width)
    diameter = settings.diameter_px
    grain = texture(shape, (1.6, 3.0), rng)
    wisps = np.exp(-((texture(shape, (0.8 * diameter + 8,), rng) / 0.25) ** 2))
    ragged = 0.6 + 0.4 * texture(shape, (3, 8), rng)
    residue = (wisps * ragged + 0.6 * patchy(texture(shape, (diameter + 12, 12), rng), 0.3)) * patchy(
        texture(shape, (3 * diameter + 40,), rng), 0.35
    )
    depth = 0.12 * settings.ground * grain + 0.9 * settings.blotches * np.maximum(residue, 0)
    return np.asarray(depth + 0.1 * settings.blotches * slow_change(shape, rng), np.float32)
