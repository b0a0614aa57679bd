"""Flat bodies with any simple outline, also a concave one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from nanosieve.simulate.solids import FloatArray, Surface

# Angle from point to point of a rounded corner, rad: a chord lies within 0.13 % of the radius of its arc.
ARC_STEP = 0.1
# Share of a side that the rounding of a corner at its end may take; at a half, corners would meet.
MOST_OF_SIDE = 0.45
# A wall is not quite upright for what divides by the upward normal.
LEAST_NORMAL_Z = 1e-3


@dataclass(frozen=True, eq=False)
class Plate:
    """A plate that lies flat: upright walls, rounded where they meet the level faces.

    Attributes
    ----------
    outline : simple polygon, shape (n, 2), (x, y)
    half_height : half the thickness
    rim : radius of the edge between wall and face, > 0, at most `half_height`
    """

    outline: FloatArray
    half_height: float
    rim: float

    def inside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """See `Solid`; exact everywhere."""
        to_x, to_y, within = self._to_outline(x, y)
        return np.where(within, 1, -1) * np.hypot(to_x, to_y)

    def heights(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See `Solid`."""
        distance = self.inside(x, y)
        short = np.clip(self.rim - distance, 0, self.rim)
        upper = self.half_height - self.rim + np.sqrt(np.maximum(self.rim**2 - short**2, 0))
        upper = np.where(distance > 0, upper, 0)
        return -upper, upper

    def surface(self, x: FloatArray, y: FloatArray) -> Surface:
        """See `Solid`."""
        to_x, to_y, _ = self._to_outline(x, y)
        distance = np.hypot(to_x, to_y)
        outwards = np.clip(1 - distance / self.rim, 0, np.sqrt(1 - LEAST_NORMAL_Z**2))
        share = outwards / np.maximum(distance, 1e-9)
        return Surface(share * to_x, share * to_y, np.sqrt(1 - outwards**2), distance)

    def scaled(self, factor: float) -> Self:
        """See `Solid`."""
        return replace(
            self,
            outline=self.outline * factor,
            half_height=self.half_height * factor,
            rim=self.rim * factor,
        )

    def _to_outline(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The way to the nearest point of the outline, x and y, and whether the point is inside."""
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        nearest = np.full(x.shape, np.inf)
        to_x, to_y = np.zeros(x.shape), np.zeros(x.shape)
        within = np.zeros(x.shape, bool)
        for start, side in zip(self.outline, np.roll(self.outline, -1, axis=0) - self.outline, strict=True):
            dx, dy = start[0] - x, start[1] - y
            along = np.clip(-(dx * side[0] + dy * side[1]) / (side @ side), 0, 1)
            step_x, step_y = dx + along * side[0], dy + along * side[1]
            square = step_x**2 + step_y**2
            nearer = square < nearest
            nearest = np.where(nearer, square, nearest)
            to_x, to_y = np.where(nearer, step_x, to_x), np.where(nearer, step_y, to_y)
            # a ray to the right crosses the outline an odd number of times
            crosses = (dy > 0) != (dy + side[1] > 0)
            if crosses.any():
                within ^= crosses & (dx - dy * side[0] / (side[1] or 1.0) > 0)
        return to_x, to_y, within


def rounded(corners: FloatArray, radius: float) -> FloatArray:
    """A polygon with its corners, also those that point inwards, replaced by arcs that its sides touch.

    Parameters
    ----------
    corners : simple polygon, shape (n, 2), no corner straight
    radius : of the arcs, smaller where a side is too short for it
    """
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.hypot(*sides.T)
    ways = sides / lengths[:, None]
    before = np.roll(ways, 1, axis=0)
    turns = np.arctan2(
        before[:, 0] * ways[:, 1] - before[:, 1] * ways[:, 0], np.einsum("ij,ij->i", before, ways)
    )
    steep = np.tan(np.abs(turns) / 2)
    reaches = np.minimum(radius * steep, MOST_OF_SIDE * np.minimum(lengths, np.roll(lengths, 1)))
    arcs = []
    for corner, way, turn, reach, radius_here in zip(
        corners, before, turns, reaches, reaches / steep, strict=True
    ):
        # from the centre to the start of the arc: to the right of the way where it turns to the left
        aside = np.array([way[1], -way[0]]) * np.sign(turn) * radius_here
        centre = corner - reach * way - aside
        angles = turn * np.linspace(0, 1, max(2, int(np.ceil(abs(turn) / ARC_STEP)) + 1))
        cosines, sines = np.cos(angles), np.sin(angles)
        arcs.append(
            centre
            + np.stack([cosines * aside[0] - sines * aside[1], sines * aside[0] + cosines * aside[1]], axis=1)
        )
    return np.concatenate(arcs)
