"""Caliper widths of convex hulls, all particles at once."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles


@dataclass(frozen=True)
class Calipers:
    """Widths in px, each of shape (n,).

    Attributes
    ----------
    largest, smallest : over all directions
    across : perpendicular to the direction of the largest
    """

    largest: FloatArray
    smallest: FloatArray
    across: FloatArray


def calipers(particles: Particles) -> Calipers:
    """Caliper widths of the hulls of all particles."""
    hulls = particles.hulls
    return Calipers(*widths(hulls.points, hulls.offsets).T)


@numba.njit(cache=True, nogil=True)
def width_along(points: np.ndarray, direction_x: float, direction_y: float) -> float:
    """Extent of points along a direction."""
    low, high = np.inf, -np.inf
    for k in range(len(points)):
        along = points[k, 0] * direction_x + points[k, 1] * direction_y
        low, high = min(low, along), max(high, along)
    return high - low


@numba.njit(cache=True, nogil=True)
def widths_of(hull: np.ndarray) -> tuple[float, float, float]:
    """Largest and smallest caliper width of one convex polygon, and that across the largest.

    The largest is the greatest distance of two corners; the smallest stands on a side, by the theorem of Freeman and
    Shapira (Commun. ACM 18, 409, 1975).
    """
    count = len(hull)
    squared, along_x, along_y = 0.0, 1.0, 0.0
    for i in range(count):
        for j in range(i + 1, count):
            dx, dy = hull[j, 0] - hull[i, 0], hull[j, 1] - hull[i, 1]
            if dx * dx + dy * dy > squared:
                squared, along_x, along_y = dx * dx + dy * dy, dx, dy
    largest = np.sqrt(squared)
    if largest > 0:
        along_x, along_y = along_x / largest, along_y / largest
    smallest = largest
    for i in range(count):
        j = i + 1 if i + 1 < count else 0
        dx, dy = hull[j, 0] - hull[i, 0], hull[j, 1] - hull[i, 1]
        side = np.hypot(dx, dy)
        if side > 1e-9:
            smallest = min(smallest, width_along(hull, -dy / side, dx / side))
    return largest, smallest, width_along(hull, -along_y, along_x)


@numba.njit(cache=True, nogil=True)
def widths(points: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """`widths_of` for n hulls, shape (n, 3)."""
    found = np.zeros((len(offsets) - 1, 3))
    for i in range(len(found)):
        found[i] = widths_of(points[offsets[i] : offsets[i + 1]])
    return found
