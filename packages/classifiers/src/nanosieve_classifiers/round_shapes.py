"""How far an outline strays from an ellipse, a capsule, or a cluster of discs."""

from __future__ import annotations

import math

import numba
import numpy as np

# A neck is where the outline turns inwards by more than this within a step to either side.
NECK_TURN = math.radians(25)
# The step, as a share of the equivalent diameter, and its limits in px.
STEP, STEP_LIMITS_PX = 0.08, (3.0, 12.0)
# A lobe is at least this part of a full circle, and at most so large, in equivalent diameters of the cluster.
LEAST_ARC, LARGEST_LOBE = 0.12, 0.5
CAP = 1 - math.pi / 4


@numba.njit(cache=True, nogil=True)
def evenly(outline: np.ndarray) -> tuple[np.ndarray, float]:
    """Points about 1 px apart along a closed outline, at least 24, and their distance."""
    count = len(outline)
    total = 0.0
    for k in range(count):
        j = (k + 1) % count
        total += np.hypot(outline[j, 0] - outline[k, 0], outline[j, 1] - outline[k, 1])
    wanted = max(24, int(total))
    pitch = total / wanted
    points = np.empty((wanted, 2))
    made, along = 0, 0.0
    for k in range(count):
        j = (k + 1) % count
        dx, dy = outline[j, 0] - outline[k, 0], outline[j, 1] - outline[k, 1]
        length = np.hypot(dx, dy)
        while made < wanted and made * pitch <= along + length:
            share = (made * pitch - along) / length if length > 0 else 0.0
            points[made, 0], points[made, 1] = outline[k, 0] + share * dx, outline[k, 1] + share * dy
            made += 1
        along += length
    for k in range(made, wanted):
        points[k] = outline[0]
    return points, pitch


@numba.njit(cache=True, nogil=True)
def principal(moments: np.ndarray) -> tuple[float, float, float, float, float, float]:
    """Centroid x, y, direction x, y of the major axis, and half axes of the ellipse with equal second moments.

    Parameters
    ----------
    moments : one row of `nanosieve.moments.polygon_moments`
    """
    _, x, y, xx, xy, yy = moments
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    middle, difference = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    return (
        x,
        y,
        np.cos(angle),
        np.sin(angle),
        2 * np.sqrt(max(middle + difference, 1e-12)),
        2 * np.sqrt(max(middle - difference, 1e-12)),
    )


@numba.njit(cache=True, nogil=True)
def ellipse_misfit(moments: np.ndarray, points: np.ndarray) -> tuple[float, float]:
    """Root mean square distance in px from the ellipse with equal second moments, and its minor over major axis."""
    cx, cy, ux, uy, a, b = principal(moments)
    total = 0.0
    for k in range(len(points)):
        dx, dy = points[k, 0] - cx, points[k, 1] - cy
        along, across = dx * ux + dy * uy, dy * ux - dx * uy
        level = np.hypot(along / a, across / b)
        # first order: the excess of the level over its gradient
        gradient = np.hypot(along / a**2, across / b**2) / max(level, 1e-9)
        total += ((level - 1) / max(gradient, 1e-9)) ** 2
    return np.sqrt(total / len(points)), b / a


@numba.njit(cache=True, nogil=True)
def capsule_misfit(moments: np.ndarray, points: np.ndarray, area: float) -> tuple[float, float]:
    """Root mean square distance in px from the capsule of equal length and area, and its width over length."""
    cx, cy, ux, uy, _, _ = principal(moments)
    low, high = np.inf, -np.inf
    for k in range(len(points)):
        along = (points[k, 0] - cx) * ux + (points[k, 1] - cy) * uy
        low, high = min(low, along), max(high, along)
    length = high - low
    width = (length - np.sqrt(max(length**2 - 4 * CAP * area, 0.0))) / (2 * CAP)
    middle, straight = (low + high) / 2, max(length - width, 0.0) / 2
    total = 0.0
    for k in range(len(points)):
        dx, dy = points[k, 0] - cx, points[k, 1] - cy
        along, across = dx * ux + dy * uy - middle, dy * ux - dx * uy
        total += (np.hypot(max(abs(along) - straight, 0.0), across) - width / 2) ** 2
    return np.sqrt(total / len(points)), width / length


@numba.njit(cache=True, nogil=True)
def necks(points: np.ndarray, pitch: float, diameter: float) -> np.ndarray:
    """Indices of the points where a clockwise outline turns inwards most, in order."""
    count = len(points)
    step = min(max(STEP * diameter, STEP_LIMITS_PX[0]), STEP_LIMITS_PX[1])
    w = max(2, round(step / pitch))
    turn = np.zeros(count)
    for k in range(count):
        ax, ay = points[k, 0] - points[k - w, 0], points[k, 1] - points[k - w, 1]
        j = (k + w) % count
        bx, by = points[j, 0] - points[k, 0], points[j, 1] - points[k, 1]
        turn[k] = np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
    found = np.empty(count, np.int64)
    made = 0
    for k in range(count):
        if turn[k] > -NECK_TURN:
            continue
        least = True
        for j in range(-w, w + 1):
            other = turn[(k + j) % count]
            if other < turn[k] or (other == turn[k] and j < 0):
                least = False
        if least:
            found[made] = k
            made += 1
    return found[:made]


@numba.njit(cache=True, nogil=True)
def arc_misfit(arc: np.ndarray) -> tuple[float, float]:
    """Root mean square distance in px from the circle fitted to an arc, and its radius.

    I. Kasa, IEEE Trans. Instrum. Meas. 25, 8 (1976): x^2 + y^2 = 2 a x + 2 b y + c by least squares.
    """
    mx, my = arc[:, 0].mean(), arc[:, 1].mean()
    u, v = arc[:, 0] - mx, arc[:, 1] - my
    uu, uv, vv = (u * u).sum(), (u * v).sum(), (v * v).sum()
    square = u * u + v * v
    right_u, right_v = (u * square).sum() / 2, (v * square).sum() / 2
    determinant = uu * vv - uv * uv
    if determinant <= 1e-9 * (uu + vv) ** 2:
        return np.inf, np.inf
    a, b = (right_u * vv - right_v * uv) / determinant, (right_v * uu - right_u * uv) / determinant
    radius = np.sqrt(a * a + b * b + square.mean())
    total = 0.0
    for k in range(len(u)):
        total += (np.hypot(u[k] - a, v[k] - b) - radius) ** 2
    return np.sqrt(total / len(u)), radius


@numba.njit(cache=True, nogil=True)
def cluster_misfit(points: np.ndarray, pitch: float, diameter: float) -> float:
    """Root mean square distance in px from discs, one a lobe between two necks; infinite without two necks.

    A lobe that is no good part of a disc counts with a tenth of the diameter.
    """
    at = necks(points, pitch, diameter)
    count = len(points)
    if len(at) < 2:
        return np.inf
    total = 0.0
    for k in range(len(at)):
        start, end = at[k], at[(k + 1) % len(at)]
        size = (end - start) % count
        # the rounding of the neck belongs to no lobe
        trim = max(1, size // 10)
        size -= 2 * trim
        misfit = diameter / 10
        if size >= 5:
            arc = np.empty((size, 2))
            for j in range(size):
                arc[j] = points[(start + trim + j) % count]
            found, radius = arc_misfit(arc)
            if size * pitch >= LEAST_ARC * 2 * np.pi * radius and radius <= LARGEST_LOBE * diameter:
                misfit = min(found, misfit)
        total += max(size, 0) * misfit**2
    return np.sqrt(total / count)
