"""Lengths that a class has: edges, length and width of rods, Feret diameters with their corners restored.

Each function returns px, shape (n,), NaN for particles of other classes.
"""

from __future__ import annotations

import numba
import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles
from nanosieve_measures.calipers import calipers, widths_of
from nanosieve_measures.polygon_fit import fit_polygon

SIDES = {"triangle": 3, "square": 4, "rod": 4, "pentagon": 5, "hexagon": 6}
# A capsule lacks (1 - pi/4) W^2 of the rectangle with its length; the rectangle fitted to it, whose short sides lie
# inside the caps, lacks 0.1 W^2 less. Half of that tells caps from corners.
CAP_SHARE = 0.05
CAP = 1 - np.pi / 4


def edge_length(particles: Particles) -> FloatArray:
    """Mean edge of a triangle, square, pentagon or hexagon."""
    found = particles.once(_fit)
    edges = found[:, 0].copy()
    edges[_sides(particles, ("rod",)) > 0] = np.nan
    return edges


def feret_max_restored(particles: Particles) -> FloatArray:
    """Largest caliper width of the polygon with its corners."""
    return particles.once(_fit)[:, 1]


def feret_min_restored(particles: Particles) -> FloatArray:
    """Smallest caliper width of the polygon with its corners."""
    return particles.once(_fit)[:, 2]


def rod_length(particles: Particles) -> FloatArray:
    """Length of a rod: of the fitted rectangle, or, where its ends are round, the largest caliper width."""
    long, _, round_ends = _rods(particles)
    return np.where(round_ends, particles.once(calipers).largest, long)


def rod_width(particles: Particles) -> FloatArray:
    """Width of a rod: of the fitted rectangle, or, where its ends are round, of the capsule of equal area.

    A capsule has A = W (L - W) + pi W^2 / 4.
    """
    _, wide, round_ends = _rods(particles)
    length, area = particles.once(calipers).largest, particles.areas
    capsule = (length - np.sqrt(np.maximum(length**2 - 4 * CAP * area, 0))) / (2 * CAP)
    return np.where(round_ends, capsule, wide)


def rod_width_paper(particles: Particles) -> FloatArray:
    """A / xFmax, as Bals and Epple 2023 have it; 2 % too small for a sharp rod of 100 x 20."""
    return np.where(_sides(particles, ("rod",)) > 0, particles.areas / particles.once(calipers).largest, np.nan)


def _rods(particles: Particles) -> tuple[FloatArray, FloatArray, np.ndarray]:
    """Length and width of the fitted rectangles, and whether the ends are round instead."""
    _, _, _, long, wide = particles.once(_fit).T
    rod = _sides(particles, ("rod",)) > 0
    long, wide = np.where(rod, long, np.nan), np.where(rod, wide, np.nan)
    # a rectangle that could not be fitted leaves NaN, which is no round end
    return long, wide, long * wide - particles.areas > CAP_SHARE * wide**2


def _sides(particles: Particles, classes: tuple[str, ...]) -> np.ndarray:
    names = particles.classes or ("",) * len(particles)
    return np.array([SIDES.get(name, 0) if name in classes else 0 for name in names], np.int64)


def _fit(particles: Particles) -> np.ndarray:
    outlines, hulls = particles.outlines, particles.hulls
    sides = _sides(particles, tuple(SIDES))
    return _fit_all(outlines.points, outlines.offsets, hulls.points, hulls.offsets, sides)


@numba.njit(cache=True, nogil=True)
def _fit_all(
    points: np.ndarray, offsets: np.ndarray, hull_points: np.ndarray, hull_offsets: np.ndarray, sides: np.ndarray
) -> np.ndarray:
    """Mean edge, largest and smallest caliper width, and of four sides the long and the short pair: (n, 5)."""
    found = np.full((len(sides), 5), np.nan)
    for i in range(len(sides)):
        if sides[i] == 0:
            continue
        outline = points[offsets[i] : offsets[i + 1]]
        corners = fit_polygon(outline, hull_points[hull_offsets[i] : hull_offsets[i + 1]], sides[i])
        if np.isnan(corners[0, 0]):
            continue
        lengths = np.empty(sides[i])
        for k in range(sides[i]):
            following = corners[(k + 1) % sides[i]]
            lengths[k] = np.hypot(following[0] - corners[k, 0], following[1] - corners[k, 1])
        largest, smallest, _ = widths_of(corners)
        found[i, 0], found[i, 1], found[i, 2] = lengths.mean(), largest, smallest
        if sides[i] == 4:
            one, other = (lengths[0] + lengths[2]) / 2, (lengths[1] + lengths[3]) / 2
            found[i, 3], found[i, 4] = max(one, other), min(one, other)
    return found
