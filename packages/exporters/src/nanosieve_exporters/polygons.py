"""Outlines as simple polygons."""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray


def simple_rings(outline: FloatArray) -> list[FloatArray]:
    """An outline cut where it touches itself, so that no ring meets a point twice.

    An outline along pixel edges does so where two pixels of a particle meet at a corner only.

    Parameters
    ----------
    outline : ndarray of shape (k, 2), the last point is not the first again

    Returns
    -------
    list of ndarrays of shape (m, 2), in the direction of the outline, together of the same area
    """
    rings: list[list[tuple[float, ...]]] = []
    path: list[tuple[float, ...]] = []
    places: dict[tuple[float, ...], int] = {}
    for point in map(tuple, outline.tolist()):
        if point in places:
            start = places[point]
            loop, path = path[start:], path[:start]
            rings.append(loop)
            for passed in loop:
                places.pop(passed, None)
        places[point] = len(path)
        path.append(point)
    rings.append(path)
    return [np.array(ring) for ring in rings if len(ring) > 2]
