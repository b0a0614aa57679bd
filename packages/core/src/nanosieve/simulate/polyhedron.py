"""Bodies with flat faces and rounded edges: cubes, prisms, plates, crystals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from scipy.spatial import ConvexHull

from nanosieve.simulate.solids import OUTLINE_POINTS, FloatArray, Surface

# Faces steeper than this are walls: the outline ends them.
LEAST_NORMAL_Z = 0.02


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """A convex body: all points within `rounding` of a core with sharp edges.

    The outline is exactly that. The surfaces are the faces, blended over the width of the rounding where two meet.

    Attributes
    ----------
    corners : corners of the core, shape (k, 3)
    rounding : radius of the edges, > 0
    """

    corners: FloatArray
    rounding: float

    @cached_property
    def _silhouette(self) -> FloatArray:
        flat = self.corners[:, :2]
        return np.asarray(flat[ConvexHull(flat).vertices])

    @cached_property
    def _sides(self) -> FloatArray:
        """Of the silhouette of the core: start, direction, length; shape (5, sides, 1) for points in one row."""
        ring = self._silhouette
        sides = np.roll(ring, -1, axis=0) - ring
        lengths = np.hypot(*sides.T)
        return np.asarray(np.stack([*ring.T, *(sides / lengths[:, None]).T, lengths])[:, :, None])

    @cached_property
    def _faces(self) -> FloatArray:
        """Rows (normal x, y, z, offset) of the planes through the rounded faces, each once."""
        planes = np.unique(np.round(ConvexHull(self.corners).equations, 9), axis=0)
        planes[:, 3] = -planes[:, 3] + self.rounding
        return planes

    @cached_property
    def outline(self) -> FloatArray:
        """See `Solid`."""
        ring = self._silhouette
        sides = np.roll(ring, -1, axis=0) - ring
        # of a ring with increasing angle the outer normal is the side turned back by 90 degrees
        after = np.arctan2(sides[:, 1], sides[:, 0]) - np.pi / 2
        before = np.roll(after, 1)
        turn = (after - before) % (2 * np.pi)
        counts = np.maximum(2, np.ceil(OUTLINE_POINTS * turn / (2 * np.pi)).astype(int) + 1)
        arcs = []
        for corner, start, angle, count in zip(ring, before, turn, counts, strict=True):
            angles = start + angle * np.linspace(0, 1, count)
            arcs.append(corner + self.rounding * np.stack([np.cos(angles), np.sin(angles)], axis=1))
        return np.concatenate(arcs)

    def inside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """See `Solid`."""
        corner_x, corner_y, along_x, along_y, length = self._sides
        # (sides, points)
        dx, dy = np.ravel(x) - corner_x, np.ravel(y) - corner_y
        along = np.clip(dx * along_x + dy * along_y, 0, length)
        within = (dy * along_x - dx * along_y).min(axis=0)
        away = ((dx - along * along_x) ** 2 + (dy - along * along_y) ** 2).min(axis=0)
        distance = np.where(within >= 0, within, -np.sqrt(away)) + self.rounding
        return np.asarray(distance.reshape(np.shape(x)))

    def heights(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See `Solid`."""
        upper, _, _ = self._blend(x, y, 1)
        lower = -self._blend(x, y, -1)[0]
        beside = self.inside(x, y) <= 0
        middle = (upper + lower) / 2
        lower, upper = np.minimum(lower, middle), np.maximum(upper, middle)
        return np.where(beside, middle, lower), np.where(beside, middle, upper)

    def surface(self, x: FloatArray, y: FloatArray) -> Surface:
        """See `Solid`."""
        _, weights, ridge = self._blend(x, y, 1)
        planes = self._facing(1)
        normal = np.tensordot(planes[:, :3].T, weights, axes=1)
        normal /= np.linalg.norm(normal, axis=0)
        return Surface(normal[0], normal[1], normal[2], np.minimum(self.inside(x, y), ridge))

    def scaled(self, factor: float) -> Self:
        """See `Solid`."""
        return replace(self, corners=self.corners * factor, rounding=self.rounding * factor)

    def _facing(self, side: int) -> FloatArray:
        planes = self._faces[side * self._faces[:, 2] > LEAST_NORMAL_Z]
        return np.asarray(planes * (1, 1, side, 1))

    def _blend(self, x: FloatArray, y: FloatArray, side: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Height over the centre towards `side`, weight of each face, and distance to the nearest ridge."""
        planes = self._facing(side)
        heights = np.stack([(d - a * x - b * y) / c for a, b, c, d in planes])
        lowest = heights.min(axis=0)
        width = 0.3 * self.rounding
        weights = np.exp((lowest - heights) / width)
        total = weights.sum(axis=0)
        ridge = np.full(lowest.shape, np.inf)
        if len(planes) > 1:
            steep = np.hypot(planes[:, 0] / planes[:, 2], planes[:, 1] / planes[:, 2])
            ridge = np.partition(heights, 1, axis=0)[1] - lowest
            ridge = ridge / max(float(np.mean(steep)), 0.3)
        return lowest - width * np.log(total), weights / total, ridge
