"""How large particles would be, were another level of the foreground map their edge.

The contour follows the same walk as the outline in `nanosieve.outline`, which it is not at 0.5: between two pixels it
is interpolated linearly. A particle shrinks within its own pixels and grows into background only, never into a
neighbour, whose pixels stay with it at any level; a background pixel that two particles reach at the same step is
shared by halves. Nothing moves at the frame of the picture or along the border of two touching particles.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from nanosieve.outline import WORKERS, FloatArray, parts_of
from nanosieve.outline_kernels import (
    CLOSED,
    EDGE,
    HALVED,
    MARGIN,
    STEP_X,
    STEP_Y,
    boxes_of,
    doubled_area,
    steps_around,
    walk,
)
from nanosieve.values import FloatImage, LabelImage

# The mark of a background pixel that several particles reach at the same step.
SHARED = -1


def areas_at(level: float, labels: LabelImage, foreground: FloatImage, count: int) -> FloatArray:
    """Areas within the contours at a level of the foreground map, shape (n,), in px^2, holes included.

    Parameters
    ----------
    level : within (0, 1); of a particle that lies below it everywhere the area is 0
    labels : 0 background, 1 to `count`
    """
    grown = grow(labels, foreground, level) if level < EDGE else labels
    boxes, _, _ = boxes_of(grown, count)
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(
            lambda part: _areas(grown, foreground, boxes[part], part.start + 1, level), parts_of(count)
        )
        areas: FloatArray = np.concatenate(list(found))
    return areas


@numba.njit(cache=True, nogil=True)
def grow(labels: NDArray[Any], foreground: NDArray[Any], level: float) -> NDArray[Any]:
    """Labels grown step by step over all background at or above a level that can be reached; `SHARED` in between.

    Steps go up, down, left and right: along a diagonal, neighbours would meet beside the ends of their border.
    """
    height, width = labels.shape
    grown = labels.copy()
    step = np.zeros(labels.shape, np.int32)
    queue = np.empty((labels.size, 2), np.int32)
    end = 0
    for y in range(height):
        for x in range(width):
            if labels[y, x] > 0:
                end = _spread(labels, foreground, level, grown, step, queue, end, y, x)
    start = 0
    while start < end:
        y, x = queue[start]
        start += 1
        if grown[y, x] != SHARED:
            end = _spread(labels, foreground, level, grown, step, queue, end, y, x)
    return grown


@numba.njit(cache=True, nogil=True)
def _spread(
    labels: NDArray[Any],
    foreground: NDArray[Any],
    level: float,
    grown: NDArray[Any],
    step: NDArray[Any],
    queue: NDArray[Any],
    end: int,
    y: int,
    x: int,
) -> int:
    """Give a pixel's label to its neighbours, and put those that are new into the queue; returns its end."""
    height, width = labels.shape
    label, next_step = grown[y, x], step[y, x] + 1
    for k in range(4):
        ny, nx = y + STEP_Y[k], x + STEP_X[k]
        if not (0 <= ny < height and 0 <= nx < width) or labels[ny, nx] > 0 or foreground[ny, nx] < level:
            continue
        if grown[ny, nx] == 0:
            grown[ny, nx], step[ny, nx] = label, next_step
            queue[end, 0], queue[end, 1] = ny, nx
            end += 1
        elif step[ny, nx] == next_step and grown[ny, nx] != label:
            grown[ny, nx] = SHARED
    return end


@numba.njit(cache=True, nogil=True)
def _field(
    labels: NDArray[Any],
    foreground: NDArray[Any],
    box: NDArray[Any],
    label: int,
    level: float,
    field: NDArray[Any],
) -> None:
    """Fill `field` (h + 4, w + 4) with the particle's own map; what it cannot enter is closed."""
    height, width = labels.shape
    for row in range(field.shape[0]):
        y = box[0] + row - MARGIN
        for column in range(field.shape[1]):
            x = box[1] + column - MARGIN
            value = CLOSED
            if 0 <= y < height and 0 <= x < width:
                owner = labels[y, x]
                if owner == label:
                    value = foreground[y, x]
                    # a labelled pixel is part of the particle at 0.5, so also below
                    if level < EDGE:
                        value = max(value, np.float32(level + 1e-4))
                elif owner == 0:
                    value = min(foreground[y, x], np.float32(min(level, EDGE) - 1e-4))
                elif owner == SHARED:
                    value = HALVED
            field[row, column] = value


@numba.njit(cache=True, nogil=True)
def _areas(
    labels: NDArray[Any], foreground: NDArray[Any], boxes: NDArray[Any], first_label: int, level: float
) -> NDArray[Any]:
    areas = np.zeros(len(boxes))
    for i in range(len(boxes)):
        box = boxes[i]
        height, width = box[2] - box[0] + 2 * MARGIN, box[3] - box[1] + 2 * MARGIN
        field = np.empty((height, width), np.float32)
        _field(labels, foreground, box, first_label + i, level, field)
        seen = np.zeros((height, width), np.bool_)
        points = np.empty((steps_around(field, level), 2))
        for row in range(MARGIN, height - MARGIN):
            for column in range(MARGIN, width - MARGIN):
                inside = field[row, column] > level
                if inside and not field[row - 1, column] > level and not seen[row, column]:
                    end = walk(field, True, level, row, column, seen, points, 0)
                    # anticlockwise contours are the rims of holes
                    areas[i] += max(doubled_area(points, 0, end) / 2, 0.0)
    return areas
