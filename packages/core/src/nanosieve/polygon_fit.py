"""Straight sides fitted to an outline, and intersected: the corners that every picture rounds off."""

from __future__ import annotations

import numba
import numpy as np

# Only this middle part of a side is fitted: its ends bend into the rounded corners.
MIDDLE = 0.6
# Points farther from a side than this share of the shortest side belong to another side; at least half a pixel.
NEAR = 0.25
PASSES = 3


@numba.njit(cache=True, nogil=True)
def corners_of(hull: np.ndarray, sides: int) -> np.ndarray:
    """The `sides` corners of a hull that matter most, shape (sides, 2); fewer where the hull has fewer.

    Corners whose triangle with their neighbours is smallest are dropped one by one (Visvalingam and Whyatt, Cartogr.
    J. 30, 46, 1993).
    """
    points = hull.copy()
    count = len(points)
    while count > sides:
        least, at = np.inf, 0
        for i in range(count):
            a, b, c = points[(i - 1) % count], points[i], points[(i + 1) % count]
            area = abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
            if area < least:
                least, at = area, i
        for i in range(at, count - 1):
            points[i] = points[i + 1]
        count -= 1
    return points[:count]


@numba.njit(cache=True, nogil=True)
def rectangle_around(hull: np.ndarray) -> np.ndarray:
    """Corners of the smallest rectangle around a hull, shape (4, 2); one of its sides lies on a side of the hull."""
    best = np.inf
    corners = np.full((4, 2), np.nan)
    for i in range(len(hull)):
        j = i + 1 if i + 1 < len(hull) else 0
        dx, dy = hull[j, 0] - hull[i, 0], hull[j, 1] - hull[i, 1]
        side = np.hypot(dx, dy)
        if side < 1e-9:
            continue
        dx, dy = dx / side, dy / side
        along, across = hull[:, 0] * dx + hull[:, 1] * dy, hull[:, 1] * dx - hull[:, 0] * dy
        left, right, low, high = along.min(), along.max(), across.min(), across.max()
        if (right - left) * (high - low) < best:
            best = (right - left) * (high - low)
            for k, (u, v) in enumerate(((left, low), (right, low), (right, high), (left, high))):
                corners[k, 0], corners[k, 1] = u * dx - v * dy, u * dy + v * dx
    return corners


@numba.njit(cache=True, nogil=True)
def line_along(
    outline: np.ndarray, ax: float, ay: float, bx: float, by: float, near: float
) -> tuple[float, float, float, float]:
    """Line through the points of an outline beside the side from a to b: a point of it and its direction.

    Total least squares. With fewer than three points it has the direction of the side.
    """
    dx, dy = bx - ax, by - ay
    length = np.hypot(dx, dy)
    if length < 1e-9:
        return ax, ay, 1.0, 0.0
    dx, dy = dx / length, dy / length
    count, mx, my = 0, 0.0, 0.0
    xx, xy, yy = 0.0, 0.0, 0.0
    for k in range(len(outline)):
        px, py = outline[k, 0] - ax, outline[k, 1] - ay
        along, across = px * dx + py * dy, py * dx - px * dy
        if abs(along / length - 0.5) <= MIDDLE / 2 and abs(across) <= near:
            count += 1
            mx += along
            my += across
            xx += along * along
            xy += along * across
            yy += across * across
    if count == 0:
        return ax, ay, dx, dy
    mx, my = mx / count, my / count
    if count < 3:  # too few for a direction: that of the side, through them
        return ax + mx * dx - my * dy, ay + mx * dy + my * dx, dx, dy
    xx, xy, yy = xx / count - mx * mx, xy / count - mx * my, yy / count - my * my
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    cosine, sine = np.cos(angle), np.sin(angle)
    return (
        ax + mx * dx - my * dy,
        ay + mx * dy + my * dx,
        cosine * dx - sine * dy,
        cosine * dy + sine * dx,
    )


@numba.njit(cache=True, nogil=True)
def fit_polygon(outline: np.ndarray, hull: np.ndarray, sides: int) -> np.ndarray:
    """Corners of the polygon of straight sides that fits an outline, shape (sides, 2); NaN where there is none."""
    nothing = np.full((sides, 2), np.nan)
    corners = rectangle_around(hull) if sides == 4 else corners_of(hull, sides)
    if len(corners) < sides or np.isnan(corners[0, 0]):
        return nothing
    lines = np.empty((sides, 4))
    for _ in range(PASSES):
        shortest = np.inf
        for i in range(sides):
            a, b = corners[i], corners[(i + 1) % sides]
            shortest = min(shortest, np.hypot(b[0] - a[0], b[1] - a[1]))
        for i in range(sides):
            a, b = corners[i], corners[(i + 1) % sides]
            lines[i] = line_along(outline, a[0], a[1], b[0], b[1], NEAR * shortest + 0.5)
        for i in range(sides):
            ax, ay, adx, ady = lines[i - 1]
            bx, by, bdx, bdy = lines[i]
            cross = adx * bdy - ady * bdx
            if abs(cross) < 0.1:  # nearly parallel: these are no two sides of such a shape
                return nothing
            along = ((bx - ax) * bdy - (by - ay) * bdx) / cross
            corners[i, 0], corners[i, 1] = ax + along * adx, ay + along * ady
    return corners


@numba.njit(cache=True, nogil=True)
def fit_polygons(
    points: np.ndarray,
    offsets: np.ndarray,
    hull_points: np.ndarray,
    hull_offsets: np.ndarray,
    sides: np.ndarray,
) -> np.ndarray:
    """`fit_polygon` for n outlines with `sides` each, at most 6: corners of shape (n, 6, 2), NaN beyond the last."""
    # in this file: numba keeps compiled code of a caller when a function in another file changes
    found = np.full((len(sides), 6, 2), np.nan)
    for i in range(len(sides)):
        if sides[i] > 0:
            outline = points[offsets[i] : offsets[i + 1]]
            hull = hull_points[hull_offsets[i] : hull_offsets[i + 1]]
            found[i, : sides[i]] = fit_polygon(outline, hull, sides[i])
    return found
