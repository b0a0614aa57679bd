"""Polygons of outlines: area, centre, calipers, exact coverage of pixels.

Coordinates are (x, y) in px, x to the right, y down, the origin in the centre of the top-left pixel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

FloatArray = NDArray[np.float64]
# Shares this close to 0 or 1 differ from it by rounding only.
ROUNDING = 1e-9


class Patch(NamedTuple):
    """A part of a picture: its first row and column, and an image of shape (h, w)."""

    y0: int
    x0: int
    values: NDArray[np.float32]

    @property
    def slices(self) -> tuple[slice, slice]:
        """Where it lies in the picture."""
        height, width = self.values.shape
        return slice(self.y0, self.y0 + height), slice(self.x0, self.x0 + width)


def polygon_area(points: FloatArray) -> float:
    """Area in px^2, > 0 whichever way round the polygon runs (shoelace formula)."""
    x, y = (points - points[0]).T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def centroid(points: FloatArray) -> tuple[float, float]:
    """Centre of mass (x, y) of the area."""
    x, y = (points - points[0]).T
    crosses = x * np.roll(y, -1) - np.roll(x, -1) * y
    sums = np.array([(x + np.roll(x, -1)) @ crosses, (y + np.roll(y, -1)) @ crosses]) / (3 * crosses.sum())
    return float(points[0, 0] + sums[0]), float(points[0, 1] + sums[1])


def feret(points: FloatArray) -> tuple[float, float]:
    """Largest and smallest distance between parallel tangents (ISO 13322-1), px.

    The smallest stands on a side of the hull (Freeman and Shapira 1975).
    """
    hull = points[ConvexHull(points).vertices]
    sides = np.roll(hull, -1, axis=0) - hull
    normals = np.stack([-sides[:, 1], sides[:, 0]]) / np.hypot(*sides.T)
    widths = np.ptp(hull @ normals, axis=0)
    return float(pdist(hull).max()), float(widths.min())


def covered_share(points: FloatArray, shape: tuple[int, int]) -> Patch:
    """The exact share of each pixel inside a polygon, cut to a picture.

    By Green's theorem: each piece of an edge within one pixel adds the trapezoid to its right to the pixel's row.
    """
    low = np.floor(points.min(axis=0) + 0.5).astype(int)
    high = np.floor(points.max(axis=0) + 0.5).astype(int) + 1
    width, height = high - low + 1
    # pixel (i, j) of the patch is the square from (j, i) to (j + 1, i + 1)
    starts, ends = _cut_at_pixels(points + 0.5 - low)
    middles = (starts + ends) / 2
    columns, rows = np.floor(middles).astype(int).T
    across = middles[:, 0] - columns
    fall = ends[:, 1] - starts[:, 1]
    places = rows * width + columns
    size = int(width * height)
    added = (
        np.bincount(places, fall * (1 - across), size)
        + np.bincount(places + 1, fall * across, size + 1)[:size]
    )
    share = np.abs(np.cumsum(added.reshape(height, width), axis=1))
    share[share < ROUNDING] = 0
    share[share > 1 - ROUNDING] = 1
    x0, x1 = np.clip((low[0], low[0] + width), 0, shape[1])
    y0, y1 = np.clip((low[1], low[1] + height), 0, shape[0])
    inside = share[y0 - low[1] : y1 - low[1], x0 - low[0] : x1 - low[0]]
    return Patch(int(y0), int(x0), inside.astype(np.float32))


def _cut_at_pixels(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The edges of a polygon, cut where they cross from pixel to pixel."""
    starts, steps = points, np.roll(points, -1, axis=0) - points
    edges, places = [np.arange(len(points))], [np.zeros(len(points))]
    for axis in (0, 1):
        first = np.floor(np.minimum(starts[:, axis], starts[:, axis] + steps[:, axis])).astype(int) + 1
        last = np.ceil(np.maximum(starts[:, axis], starts[:, axis] + steps[:, axis])).astype(int) - 1
        counts = np.maximum(last - first + 1, 0)
        edge = np.repeat(np.arange(len(points)), counts)
        line = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
        edges.append(edge)
        places.append((line - starts[edge, axis]) / steps[edge, axis])
    edge, place = np.concatenate(edges), np.concatenate(places)
    order = np.lexsort((place, edge))
    cuts = starts[edge[order]] + place[order, None] * steps[edge[order]]
    # the last piece of an edge ends where the next edge starts
    return cuts, np.roll(cuts, -1, axis=0)
