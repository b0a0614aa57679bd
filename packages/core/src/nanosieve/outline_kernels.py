"""Compiled walks along particle outlines; see `nanosieve.outline` for the convention they follow."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# The level of a map at which a particle ends.
EDGE = 0.5
# A labelled pixel is inside and a background pixel outside, however close to 0.5 the segmenter left it.
INSIDE = np.float32(0.5 + 1e-4)
OUTSIDE = np.float32(0.5 - 1e-4)
# Covered shares nearer to 0 or 1 than this say nothing of the depth of a pixel.
SILENT = 1e-3
# In place of a covered share: no level passes this pixel's edge, and none its centre.
CLOSED = np.float32(-1)
HALVED = np.float32(-2)
# Around a particle's box: one pixel for the outline, one for the gradient there.
MARGIN = 2
# Right, down, left, up: each next one is a turn to the right.
STEP_Y = np.array([0, 1, 0, -1])
STEP_X = np.array([1, 0, -1, 0])


@numba.njit(cache=True, nogil=True)
def boxes_of(labels: NDArray[Any], count: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Boxes (n, 4) as y0, x0, y1, x1, ends excluded, pixel counts (n,), and sums of x and y (n, 2)."""
    boxes = np.zeros((count, 4), np.int64)
    pixels = np.zeros(count, np.int64)
    sums = np.zeros((count, 2))
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label == 0:
                continue
            box = boxes[label - 1]
            if pixels[label - 1] == 0:
                box[0], box[1], box[2], box[3] = y, x, y + 1, x + 1
            else:
                box[1] = min(box[1], x)
                box[2] = y + 1
                box[3] = max(box[3], x + 1)
            pixels[label - 1] += 1
            sums[label - 1, 0] += x
            sums[label - 1, 1] += y
    return boxes, pixels, sums


@numba.njit(cache=True, nogil=True)
def field_of(
    labels: NDArray[Any],
    foreground: NDArray[Any],
    soft: bool,
    box: NDArray[Any],
    label: int,
    field: NDArray[Any],
) -> None:
    """Fill `field` (h + 4, w + 4) with the particle's own map; outside of the image it is 0."""
    height, width = labels.shape
    for row in range(field.shape[0]):
        y = box[0] + row - MARGIN
        for column in range(field.shape[1]):
            x = box[1] + column - MARGIN
            value = np.float32(0)
            if 0 <= y < height and 0 <= x < width:
                owner = labels[y, x]
                if owner == label:
                    value = max(foreground[y, x], INSIDE) if soft else np.float32(1)
                elif owner == 0 and soft:
                    value = min(foreground[y, x], OUTSIDE)
            field[row, column] = value


@numba.njit(cache=True, nogil=True)
def slope(field: NDArray[Any], y: int, x: int) -> tuple[float, float]:
    """Gradient (x, y) by Sobel's weights at a pixel that is not at the border of `field`."""
    falling = field[y + 1, x + 1] - field[y - 1, x - 1]
    rising = field[y - 1, x + 1] - field[y + 1, x - 1]
    return (
        falling + rising + 2 * (field[y, x + 1] - field[y, x - 1]),
        falling - rising + 2 * (field[y + 1, x] - field[y - 1, x]),
    )


@numba.njit(cache=True, nogil=True)
def depth_of(share: float, steep: float, flat: float) -> float:
    """How far a pixel's centre lies inside of a straight edge that covers `share` of it.

    The edge's unit normal has the components `steep` >= `flat` >= 0. Inverse of the area of a unit square cut by a
    line: linear in the middle, a parabola where a corner is cut.
    """
    excess = abs(share - 0.5)
    if excess * steep <= (steep - flat) / 2:
        depth = excess * steep
    else:
        depth = (steep + flat) / 2 - np.sqrt(2 * steep * flat * max(0.5 - excess, 0.0))
    return depth if share >= 0.5 else -depth


@numba.njit(cache=True, nogil=True)
def share_of_step(field: NDArray[Any], outer_y: int, outer_x: int, inner_y: int, inner_x: int) -> float:
    """Where the edge crosses the step from an outer to an inner pixel: 0 at the outer centre, 1 at the inner one.

    Interpolates depth, not covered share: along a slanted edge the share is no linear function of depth, and a
    linear interpolation of it puts the edge up to 0.05 px too far out or in. A pixel without any, or with nothing
    but, particle says nothing of its depth; then the other one alone decides.
    """
    outer, inner = field[outer_y, outer_x], field[inner_y, inner_x]
    ax, ay = slope(field, outer_y, outer_x)
    bx, by = slope(field, inner_y, inner_x)
    normal_x, normal_y = ax + bx, ay + by
    length = np.hypot(normal_x, normal_y)
    if length < 1e-6:
        return float((0.5 - outer) / (inner - outer))
    normal_x, normal_y = normal_x / length, normal_y / length
    steep, flat = max(abs(normal_x), abs(normal_y)), min(abs(normal_x), abs(normal_y))
    along = abs(normal_x * (inner_x - outer_x) + normal_y * (inner_y - outer_y))
    outer_depth, inner_depth = depth_of(outer, steep, flat), depth_of(inner, steep, flat)
    if outer <= SILENT and inner >= 1 - SILENT:
        share = 0.5
    elif outer <= SILENT and along > 0.5:
        share = 1 - inner_depth / along
    elif inner >= 1 - SILENT and along > 0.5:
        share = -outer_depth / along
    else:
        share = -outer_depth / (inner_depth - outer_depth)
    return min(max(share, 0.0), 1.0)


@numba.njit(cache=True, nogil=True)
def share_at(level: float, outer: float, inner: float) -> float:
    """As `share_of_step` for any level: linear in the map between the two pixels.

    `outer` may be `CLOSED` or `HALVED`, where the way is barred whatever the level. An edge between nothing and
    nothing but particle is known to run between the two pixels, so no level moves it.
    """
    if outer == HALVED:
        return 0.0
    if outer == CLOSED or (outer <= SILENT and inner >= 1 - SILENT):
        return 0.5
    return (level - outer) / (inner - outer)


@numba.njit(cache=True, nogil=True)
def walk(
    field: NDArray[Any],
    soft: bool,
    level: float,
    row: int,
    column: int,
    seen: NDArray[Any],
    points: NDArray[Any],
    at: int,
) -> int:
    """Follow one contour clockwise, inside on the right hand, until it closes.

    Starts between the outside pixel (row - 1, column) and the inside pixel (row, column), both of `field`, and
    writes (x, y) in px of `field` from `points[at]` on; returns the end. Diagonal neighbours are joined.
    """
    left_y, left_x, right_y, right_x, direction = row - 1, column, row, column, 0
    while True:
        if direction == 0:
            if seen[right_y, right_x]:
                return at
            seen[right_y, right_x] = True
        if soft:
            if level == EDGE:
                share = share_of_step(field, left_y, left_x, right_y, right_x)
            else:
                share = share_at(level, field[left_y, left_x], field[right_y, right_x])
            points[at, 0] = left_x + share * (right_x - left_x)
            points[at, 1] = left_y + share * (right_y - left_y)
        else:  # where the walk comes to this edge between two pixels
            points[at, 0] = (left_x + right_x - STEP_X[direction]) / 2
            points[at, 1] = (left_y + right_y - STEP_Y[direction]) / 2
        at += 1
        ahead_y, ahead_x = STEP_Y[direction], STEP_X[direction]
        if field[left_y + ahead_y, left_x + ahead_x] > level:
            right_y, right_x = left_y + ahead_y, left_x + ahead_x
            direction = (direction + 3) % 4
        elif field[right_y + ahead_y, right_x + ahead_x] > level:
            left_y, left_x = left_y + ahead_y, left_x + ahead_x
            right_y, right_x = right_y + ahead_y, right_x + ahead_x
        else:
            left_y, left_x = right_y + ahead_y, right_x + ahead_x
            direction = (direction + 1) % 4


@numba.njit(cache=True, nogil=True)
def steps_around(field: NDArray[Any], level: float) -> int:
    """Number of points of all contours: each crosses one side between two pixels."""
    found = 0
    height, width = field.shape
    for row in range(height):
        for column in range(width):
            inside = field[row, column] > level
            if row + 1 < height and (field[row + 1, column] > level) != inside:
                found += 1
            if column + 1 < width and (field[row, column + 1] > level) != inside:
                found += 1
    return found


@numba.njit(cache=True, nogil=True)
def doubled_area(points: NDArray[Any], start: int, end: int) -> float:
    """Twice the signed area by the shoelace formula; positive for a clockwise walk with y down."""
    total = 0.0
    for i in range(start, end):
        j = i + 1 if i + 1 < end else start
        total += points[i, 0] * points[j, 1] - points[j, 0] * points[i, 1]
    return total


@numba.njit(cache=True, nogil=True)
def hull_of(points: NDArray[Any], hull: NDArray[Any], at: int) -> int:
    """Convex hull by Andrew's monotone chain, written from `hull[at]` on; returns the end."""
    order = np.argsort(points[:, 0])
    # equal x in any order would break the chain
    i = 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and points[order[j + 1], 0] == points[order[i], 0]:
            j += 1
        if j > i:
            run = order[i : j + 1]
            order[i : j + 1] = run[np.argsort(points[run, 1])]
        i = j + 1
    start = at
    for half in range(2):
        base = at
        for k in range(len(order)):
            index = order[k] if half == 0 else order[len(order) - 1 - k]
            x, y = points[index, 0], points[index, 1]
            while at - base >= 2:
                ax, ay = hull[at - 2, 0], hull[at - 2, 1]
                bx, by = hull[at - 1, 0], hull[at - 1, 1]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                at -= 1
            hull[at, 0], hull[at, 1] = x, y
            at += 1
        at -= 1  # the last point of one half is the first of the other
    return at if at > start else start + 1


@numba.njit(cache=True, nogil=True)
def trace(
    labels: NDArray[Any],
    foreground: NDArray[Any],
    soft: bool,
    boxes: NDArray[Any],
    first_label: int,
    stretch_x: float,
    stretch_y: float,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Outlines and hulls of the particles from `first_label` on: points (m, 2) and offsets (n + 1,) of each."""
    count = len(boxes)
    outlines = np.empty((64 * count + 64, 2))
    hulls = np.empty((32 * count + 64, 2))
    outline_offsets = np.zeros(count + 1, np.int64)
    hull_offsets = np.zeros(count + 1, np.int64)
    for i in range(count):
        box = boxes[i]
        height, width = box[2] - box[0] + 2 * MARGIN, box[3] - box[1] + 2 * MARGIN
        field = np.empty((height, width), np.float32)
        field_of(labels, foreground, soft, box, first_label + i, field)
        seen = np.zeros((height, width), np.bool_)
        contours = np.empty((steps_around(field, EDGE), 2))
        outer = np.empty_like(contours)
        outers, best_start, best_end, best_area, end = 0, 0, 0, -1.0, 0
        for row in range(MARGIN, height - MARGIN):
            for column in range(MARGIN, width - MARGIN):
                if field[row, column] > EDGE and not field[row - 1, column] > EDGE and not seen[row, column]:
                    start = end
                    end = walk(field, soft, EDGE, row, column, seen, contours, start)
                    area = doubled_area(contours, start, end)
                    if area > 0:  # anticlockwise ones are the rims of holes
                        outer[outers : outers + end - start] = contours[start:end]
                        outers += end - start
                        if area > best_area:
                            best_start, best_end, best_area = start, end, area
        size = best_end - best_start
        first = outline_offsets[i]
        if first + size > len(outlines):
            grown = np.empty((2 * len(outlines) + size, 2))
            grown[:first] = outlines[:first]
            outlines = grown
        for k in range(size):
            outlines[first + k, 0] = (contours[best_start + k, 0] + box[1] - MARGIN) * stretch_x
            outlines[first + k, 1] = (contours[best_start + k, 1] + box[0] - MARGIN) * stretch_y
        outline_offsets[i + 1] = first + size
        for k in range(outers):
            outer[k, 0] = (outer[k, 0] + box[1] - MARGIN) * stretch_x
            outer[k, 1] = (outer[k, 1] + box[0] - MARGIN) * stretch_y
        first = hull_offsets[i]
        if first + outers + 2 > len(hulls):
            grown = np.empty((2 * len(hulls) + outers + 2, 2))
            grown[:first] = hulls[:first]
            hulls = grown
        hull_offsets[i + 1] = hull_of(outer[:outers], hulls, first)
    return (
        outlines[: outline_offsets[count]].copy(),
        outline_offsets,
        hulls[: hull_offsets[count]].copy(),
        hull_offsets,
    )


@numba.njit(cache=True, nogil=True)
def alone(labels: NDArray[Any], y: int, x: int) -> bool:
    """Whether all eight neighbours of a pixel that is not at the border have its label."""
    own = labels[y, x]
    return bool(
        labels[y, x - 1] == own
        and labels[y, x + 1] == own
        and labels[y - 1, x] == own
        and labels[y + 1, x] == own
        and labels[y - 1, x - 1] == own
        and labels[y - 1, x + 1] == own
        and labels[y + 1, x - 1] == own
        and labels[y + 1, x + 1] == own
    )


@numba.njit(cache=True, nogil=True)
def soft_areas(
    labels: NDArray[Any], foreground: NDArray[Any], count: int, first_row: int, last_row: int
) -> NDArray[Any]:
    """Area of each particle within some rows, in pixels: the map summed over the one-pixel band on both sides of its
    edge, and one for each pixel deeper inside. A background pixel beside several particles is shared among them."""
    areas = np.zeros(count)
    height, width = labels.shape
    beside = np.zeros(8, labels.dtype)
    for y in range(first_row, last_row):
        for x in range(width):
            own = labels[y, x]
            if 0 < y < height - 1 and 0 < x < width - 1 and alone(labels, y, x):
                if own > 0:
                    areas[own - 1] += 1.0
                continue
            found = 0
            foreign = False
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    ny, nx = y + dy, x + dx
                    if (dy == 0 and dx == 0) or not (0 <= ny < height and 0 <= nx < width):
                        continue
                    other = labels[ny, nx]
                    if other == own:
                        continue
                    foreign = True
                    if own == 0:
                        known = False
                        for k in range(found):
                            known = known or beside[k] == other
                        if not known:
                            beside[found] = other
                            found += 1
            if own > 0:
                areas[own - 1] += max(foreground[y, x], INSIDE) if foreign else 1.0
            else:
                for k in range(found):
                    areas[beside[k] - 1] += min(foreground[y, x], OUTSIDE) / found
    return areas


@numba.njit(cache=True, nogil=True)
def crossings(labels: NDArray[Any], count: int) -> NDArray[Any]:
    """How often lines along x, y and the two diagonals cross the edge of each particle, shape (n, 4)."""
    found = np.zeros((count, 4), np.int64)
    height, width = labels.shape
    steps = ((0, 1), (1, 0), (1, 1), (1, -1))
    for y in range(-1, height):
        for x in range(-1, width + 1):
            here = labels[y, x] if y >= 0 and 0 <= x < width else 0
            for k in range(4):
                ny, nx = y + steps[k][0], x + steps[k][1]
                there = labels[ny, nx] if 0 <= ny < height and 0 <= nx < width else 0
                if here != there:
                    if here > 0:
                        found[here - 1, k] += 1
                    if there > 0:
                        found[there - 1, k] += 1
    return found
