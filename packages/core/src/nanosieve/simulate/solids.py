"""Bodies of particles: outline from above, surfaces, and how the upper surface is tilted.

A body lies about the origin; x to the right, y down, z towards the beam, all in px. Points beside the body have
thickness 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
# Points of a round outline: the polygon lacks 2 pi^2 / (3 n^2) = 0.004 % of the disc's area.
OUTLINE_POINTS = 400


class Surface(NamedTuple):
    """The upper surface at points: unit normal, and distance to the nearest edge in px."""

    normal_x: FloatArray
    normal_y: FloatArray
    normal_z: FloatArray
    edge_distance: FloatArray


class Solid(Protocol):
    """One body without cavities."""

    @property
    def outline(self) -> FloatArray:
        """Seen from above, shape (n, 2), (x, y); the last point is not the first again."""

    def inside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Distance to the outline, > 0 inside; near the outline, to first order."""

    def heights(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper surface; both the same beside the body."""

    def surface(self, x: FloatArray, y: FloatArray) -> Surface:
        """How the upper surface is tilted, for points inside."""

    def scaled(self, factor: float) -> Self:
        """The same body in another size."""


@dataclass(frozen=True, eq=False)
class Ball:
    """A sphere, or one that is flattened and whose outline has waves.

    Attributes
    ----------
    radius : mean radius of the outline
    half_height : half the height at the centre
    waves : (order, amplitude, phase) of the outline, radius * (1 + sum of amplitude * cos(order * angle + phase))
    """

    radius: float
    half_height: float
    waves: tuple[tuple[int, float, float], ...] = ()

    @cached_property
    def outline(self) -> FloatArray:
        """See `Solid`."""
        angles = 2 * np.pi * np.arange(OUTLINE_POINTS) / OUTLINE_POINTS
        radii = self._radius(np.cos(angles), np.sin(angles))
        return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)

    def inside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """See `Solid`."""
        return self._radius(x, y) - np.hypot(x, y)

    def heights(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See `Solid`."""
        upper = self.half_height * np.sqrt(np.maximum(1 - (x**2 + y**2) / self._radius(x, y) ** 2, 0))
        return -upper, upper

    def surface(self, x: FloatArray, y: FloatArray) -> Surface:
        """See `Solid`; waves bend the outline, their share in the tilt is left out."""
        radius = self._radius(x, y)
        upper = np.sqrt(np.maximum(1 - (x**2 + y**2) / radius**2, 1e-6))
        steep = self.half_height / (radius**2 * upper)
        tilt = np.sqrt(1 + steep**2 * (x**2 + y**2))
        return Surface(steep * x / tilt, steep * y / tilt, 1 / tilt, radius - np.hypot(x, y))

    def scaled(self, factor: float) -> Self:
        """See `Solid`."""
        return replace(self, radius=self.radius * factor, half_height=self.half_height * factor)

    def _radius(self, x: FloatArray, y: FloatArray) -> FloatArray:
        if not self.waves:
            return np.full(np.shape(x), self.radius)
        angles = np.arctan2(y, x)
        ripple = sum(amplitude * np.cos(order * angles + phase) for order, amplitude, phase in self.waves)
        return np.asarray(self.radius * (1 + ripple))


@dataclass(frozen=True, eq=False)
class Capsule:
    """A rod with round ends.

    Attributes
    ----------
    half_length : from the centre to the middle of the round end
    radius : of the rod
    axis : unit vector (x, y, z) along the rod, not upright
    """

    half_length: float
    radius: float
    axis: tuple[float, float, float]

    @property
    def outline(self) -> FloatArray:
        """See `Solid`: the points within a radius of the axis, seen from above."""
        flat = np.array(self.axis[:2])
        start = np.arctan2(flat[1], flat[0]) - np.pi / 2
        angles = start + np.pi * np.linspace(0, 1, OUTLINE_POINTS // 2)
        arc = self.radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        end = self.half_length * flat
        return np.concatenate([end + arc, -end - arc])

    def inside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """See `Solid`."""
        flat_x, flat_y, _ = self.axis
        length = float(np.hypot(flat_x, flat_y))
        along = np.clip(
            (x * flat_x + y * flat_y) / length, -self.half_length * length, self.half_length * length
        )
        return self.radius - np.hypot(x - along * flat_x / length, y - along * flat_y / length)

    def heights(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See `Solid`."""
        upper = self._upper(x, y)
        # the body is its own mirror image in its centre
        lower = -self._upper(-x, -y)
        beside = self.inside(x, y) <= 0
        return np.where(beside, 0, lower), np.where(beside, 0, upper)

    def surface(self, x: FloatArray, y: FloatArray) -> Surface:
        """See `Solid`."""
        z = self._upper(x, y)
        a, b, c = self.axis
        along = np.clip(x * a + y * b + z * c, -self.half_length, self.half_length)
        normal = np.stack([x - along * a, y - along * b, np.maximum(z - along * c, 1e-3 * self.radius)])
        normal /= np.linalg.norm(normal, axis=0)
        return Surface(normal[0], normal[1], normal[2], self.inside(x, y))

    def scaled(self, factor: float) -> Self:
        """See `Solid`."""
        return replace(self, half_length=self.half_length * factor, radius=self.radius * factor)

    def _upper(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """The higher of the cylinder, where it reaches, and the two end spheres; -inf beside them."""
        a, b, c = self.axis
        flat = x * a + y * b
        # |p - (p . axis) axis| = radius, solved for z
        square = 1 - c**2
        root = (flat * c) ** 2 - square * (x**2 + y**2 - flat**2 - self.radius**2)
        z = (flat * c + np.sqrt(np.maximum(root, 0))) / square
        reaches = (root >= 0) & (np.abs(flat + z * c) <= self.half_length)
        upper = np.where(reaches, z, -np.inf)
        for end in (-self.half_length, self.half_length):
            left = self.radius**2 - (x - end * a) ** 2 - (y - end * b) ** 2
            upper = np.maximum(upper, np.where(left >= 0, end * c + np.sqrt(np.maximum(left, 0)), -np.inf))
        return upper
