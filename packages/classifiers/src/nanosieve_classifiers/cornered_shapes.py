"""How far an outline strays from a polygon with straight sides, and how irregular that polygon is."""

from __future__ import annotations

import numba
import numpy as np

# An edge or angle that is off moves the outline, on average over a side, by about a quarter of its own error.
IRREGULAR = 0.25


@numba.njit(cache=True, nogil=True)
def polygon_misfit(points: np.ndarray, corners: np.ndarray, equal: bool) -> tuple[float, float]:
    """Root mean square misfit in px of a convex polygon, and its shortest over longest edge.

    Parameters
    ----------
    points : outline, shape (k, 2)
    corners : shape (sides, 2), in order; NaN where none could be fitted: infinite misfit
    equal : whether edges should be equal; angles should be in any case
    """
    sides = len(corners)
    if np.isnan(corners[0, 0]):
        return np.inf, 0.0
    lengths, turns = np.empty(sides), np.empty(sides)
    normals = np.empty((sides, 2))
    for i in range(sides):
        a, b, c = corners[i], corners[(i + 1) % sides], corners[(i + 2) % sides]
        ax, ay, bx, by = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
        lengths[i] = np.hypot(ax, ay)
        turns[i] = np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
        normals[i, 0], normals[i, 1] = ay / max(lengths[i], 1e-9), -ax / max(lengths[i], 1e-9)
    if abs(turns.sum()) < 1:  # it crosses itself
        return np.inf, 0.0
    if turns.sum() < 0:
        normals = -normals
    total = 0.0
    for k in range(len(points)):
        # inside of a convex polygon, and near its sides outside, the largest distance is that of the nearest side
        distance = -np.inf
        for i in range(sides):
            along = (points[k, 0] - corners[i, 0]) * normals[i, 0] + (points[k, 1] - corners[i, 1]) * normals[
                i, 1
            ]
            distance = max(distance, along)
        total += distance**2
    edge = lengths.mean()
    wrong = np.sqrt(((np.abs(turns) - 2 * np.pi / sides) ** 2).mean()) * edge
    if equal:
        wrong = np.hypot(wrong, lengths.std())
    misfit = np.sqrt(total / len(points))
    return np.hypot(misfit, IRREGULAR * wrong), lengths.min() / max(lengths.max(), 1e-9)
