"""Classifier `geometry`: which ideal shape an outline follows, and how surely.

Each shape is fitted to the sub-pixel outline, and its misfit, a root mean square distance in px, is weighed as
``(misfit^2 + FLOOR_PX^2)^(-n / 2)`` with n independent pieces of outline. A further hypothesis, "something else", has
the misfit that noise and natural deformation may have; its weight is shared by all classes, so that what fits no shape,
or several, reaches no limit of confidence.
"""

from __future__ import annotations

import numpy as np

from nanosieve import Context
from nanosieve.moments import polygon_moments
from nanosieve.particles import Particles
from nanosieve.polygon_fit import fit_polygons
from nanosieve_classifiers.cornered_shapes import polygon_misfit
from nanosieve_classifiers.geometry_config import GeometryConfig
from nanosieve_classifiers.round_shapes import capsule_misfit, cluster_misfit, ellipse_misfit, evenly

CLASSES = ("circle", "rod", "triangle", "square", "pentagon", "hexagon", "agglomerate")
SIDES = {"triangle": 3, "rectangle": 4, "pentagon": 5, "hexagon": 6}
# Neighbouring points of an outline err together: a hundred of them know as much as about eight.
PIECES = 8
# No outline of pixels is known better.
FLOOR_PX = 0.12
# Between square and rod, and between circle and rod, the boundary is as sharp as an aspect ratio is known.
ASPECT_WIDTH = 0.015


def build(context: Context) -> GeometryClassifier:
    """Build the classifier."""
    assert isinstance(context.config, GeometryConfig)
    return GeometryClassifier(context.config)


class GeometryClassifier:
    """Weighs ideal shapes."""

    classes = CLASSES

    def __init__(self, config: GeometryConfig) -> None:
        self.config = config

    def classify(self, particles: Particles) -> np.ndarray:
        """Probabilities of shape (n, 7), float32, rows sum to 1."""
        if not len(particles):
            return np.empty((0, len(CLASSES)), np.float32)
        diameters = np.sqrt(4 * particles.areas / np.pi)
        misfits, aspects = _misfits(particles, diameters)
        weights = np.zeros((len(particles), len(CLASSES)))
        long = 1 / (1 + np.exp((aspects - self.config.rod_aspect) / ASPECT_WIDTH))
        fit = {name: _weight(misfits[name]) for name in misfits}
        weights[:, 0] = fit["ellipse"] * (1 - long[:, 0])
        rods = (fit["ellipse"] * long[:, 0], fit["rectangle"] * long[:, 1], fit["capsule"] * long[:, 2])
        weights[:, 1] = np.maximum.reduce(rods)
        weights[:, 2] = fit["triangle"]
        weights[:, 3] = fit["rectangle"] * (1 - long[:, 1])
        weights[:, 4] = fit["pentagon"]
        weights[:, 5] = fit["hexagon"]
        weights[:, 6] = fit["cluster"]
        stray = np.hypot(self.config.roughness_px, self.config.deformation * diameters)
        other = _weight(stray)
        weights += other[:, None] / len(CLASSES)
        return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _weight(misfit: np.ndarray) -> np.ndarray:
    return (misfit**2 + FLOOR_PX**2) ** (-PIECES / 2)


def _misfits(particles: Particles, diameters: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Misfit in px of each shape, and aspect ratios (n, 3) of the ellipse, the rectangle and the capsule."""
    count = len(particles)
    outlines, hulls = particles.outlines, particles.hulls
    names = ("ellipse", "capsule", "cluster", *SIDES)
    misfits = {name: np.full(count, np.inf) for name in names}
    aspects = np.ones((count, 3))
    corners = {
        name: fit_polygons(
            outlines.points, outlines.offsets, hulls.points, hulls.offsets, np.full(count, sides, np.int64)
        )[:, :sides]
        for name, sides in SIDES.items()
    }
    moments = polygon_moments(outlines.points, outlines.offsets)
    for i in range(count):
        outline = outlines[i]
        if len(outline) < 3:
            continue
        points, pitch = evenly(outline)
        misfits["ellipse"][i], aspects[i, 0] = ellipse_misfit(moments[i], points)
        misfits["capsule"][i], aspects[i, 2] = capsule_misfit(moments[i], points, particles.areas[i])
        misfits["cluster"][i] = cluster_misfit(points, pitch, diameters[i])
        for name in SIDES:
            misfits[name][i], aspect = polygon_misfit(points, corners[name][i], name != "rectangle")
            if name == "rectangle":
                aspects[i, 1] = aspect

    return misfits, aspects
