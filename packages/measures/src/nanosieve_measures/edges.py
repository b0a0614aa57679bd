"""Lengths that a class has: edges, length and width of rods, Feret diameters with their corners restored.

Each function returns px, shape (n,), NaN for particles of other classes.
"""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles
from nanosieve.polygon_fit import fit_polygons
from nanosieve_measures.calipers import calipers, widths

SIDES = {"triangle": 3, "square": 4, "rod": 4, "pentagon": 5, "hexagon": 6}
# A capsule lacks (1 - pi/4) W^2 of the rectangle with its length; the rectangle fitted to it, whose short sides lie
# inside the caps, lacks 0.1 W^2 less. Half of that tells caps from corners.
CAP_SHARE = 0.05
CAP = 1 - np.pi / 4


def edge_length(particles: Particles) -> FloatArray:
    """Mean edge of a triangle, square, pentagon or hexagon."""
    return np.where(_is_rod(particles), np.nan, particles.once(_fit)[:, 0])


def feret_max_restored(particles: Particles) -> FloatArray:
    """Largest caliper width of the polygon with its corners; of a rod with round ends the plain one."""
    diagonal = np.hypot(rod_length(particles), rod_width(particles))
    rods = np.where(_has_round_ends(particles), particles.once(calipers).largest, diagonal)
    return np.where(_is_rod(particles), rods, particles.once(_fit)[:, 1])


def feret_min_restored(particles: Particles) -> FloatArray:
    """Smallest caliper width of the polygon with its corners."""
    return particles.once(_fit)[:, 2]


def rod_length(particles: Particles) -> FloatArray:
    """Length of a rod: area over width, or, where its ends are round, the largest caliper width."""
    width = np.where(_is_rod(particles), particles.once(_fit)[:, 4], np.nan)
    round_ends = _has_round_ends(particles)
    # the area knows where the ends are; fitted to few pixels they come out too short
    return np.where(round_ends, particles.once(calipers).largest, particles.areas / width)


def rod_width(particles: Particles) -> FloatArray:
    """Width of a rod: distance of its long sides, or, where its ends are round, of the capsule of equal area.

    A capsule has A = W (L - W) + pi W^2 / 4.
    """
    width = np.where(_is_rod(particles), particles.once(_fit)[:, 4], np.nan)
    length, area = particles.once(calipers).largest, particles.areas
    capsule = (length - np.sqrt(np.maximum(length**2 - 4 * CAP * area, 0))) / (2 * CAP)
    return np.where(_has_round_ends(particles), capsule, width)


def rod_width_paper(particles: Particles) -> FloatArray:
    """A / xFmax, as Bals and Epple 2023 have it; 2 % too small for a sharp rod of 100 x 20."""
    return np.where(_is_rod(particles), particles.areas / particles.once(calipers).largest, np.nan)


def _is_rod(particles: Particles) -> np.ndarray:
    return _sides(particles, ("rod",)) > 0


def _has_round_ends(particles: Particles) -> np.ndarray:
    _, _, _, long, wide = particles.once(_fit).T
    # a rectangle that could not be fitted leaves NaN, which is no round end
    return _is_rod(particles) & (long * wide - particles.areas > CAP_SHARE * wide**2)


def _sides(particles: Particles, classes: tuple[str, ...]) -> np.ndarray:
    names = particles.classes or ("",) * len(particles)
    return np.array([SIDES.get(name, 0) if name in classes else 0 for name in names], np.int64)


def _fit(particles: Particles) -> np.ndarray:
    """Mean edge, largest and smallest caliper width, and of four sides the long and the short pair: (n, 5)."""
    sides = _sides(particles, tuple(SIDES))
    found = np.full((len(sides), 5), np.nan)
    outlines, hulls = particles.outlines, particles.hulls
    corners = fit_polygons(outlines.points, outlines.offsets, hulls.points, hulls.offsets, sides)
    for count in np.unique(sides[sides > 0]):
        fitted = np.flatnonzero((sides == count) & ~np.isnan(corners[:, 0, 0]))
        polygons = corners[fitted, :count]
        edges = np.linalg.norm(np.roll(polygons, -1, axis=1) - polygons, axis=2)
        offsets = np.arange(len(fitted) + 1) * count
        found[fitted, 0] = edges.mean(axis=1)
        found[fitted, 1:3] = widths(polygons.reshape(-1, 2), offsets)[:, :2]
        if count == SIDES["rod"]:
            pairs = (edges[:, :2] + edges[:, 2:]) / 2
            found[fitted, 3], found[fitted, 4] = pairs.max(axis=1), pairs.min(axis=1)
    return found
