"""Particles as bodies: their outline seen from above, how high they reach, and how thick they are."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
SE_CLASSES = ("sphere", "sphere-like", "rod", "cube")
STEM_CLASSES = ("circle", "rod", "triangle", "square", "pentagon", "hexagon")
POLYGONS = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}
# Thickness of a plate, as a share of its equivalent diameter; a square is a cube seen along an axis.
PLATE = {"triangle": 0.45, "square": 0.886, "pentagon": 0.6, "hexagon": 0.6}
OUTLINE_POINTS = 256


@dataclass(frozen=True)
class Body:
    """One convex body, in px; its equivalent diameter is that of its outline.

    Attributes
    ----------
    kind : ``"sphere"``, ``"capsule"``, ``"cube"`` or ``"plate"``
    x, y : centre
    diameter : equivalent diameter of the outline
    angle : about the line of sight, rad
    aspect : width over length of a capsule
    sides : of a plate
    thickness : of a plate
    bumps : amplitude and phase of the harmonics 2, 3, ... of a sphere's radius
    tilt : rotation of a cube, (3, 3)
    """

    kind: str
    x: float
    y: float
    diameter: float
    angle: float = 0.0
    aspect: float = 1.0
    sides: int = 0
    thickness: float = 0.0
    bumps: tuple[tuple[float, float], ...] = ()
    tilt: FloatArray | None = None

    def outline(self) -> FloatArray:
        """Outline seen from above, shape (k, 2), (x, y)."""
        points = self._outline_about_origin()
        turned = points @ np.array([[cos(self.angle), sin(self.angle)], [-sin(self.angle), cos(self.angle)]])
        return np.asarray(turned + np.array([self.x, self.y]))

    def heights(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper surface over the plane through the centre, at (x, y); NaN beside the body."""
        dx, dy = x - self.x, y - self.y
        along = dx * cos(self.angle) + dy * sin(self.angle)
        across = dy * cos(self.angle) - dx * sin(self.angle)
        if self.kind == "cube":
            return self._cube_heights(along, across)
        if self.kind == "plate":
            angles = 2 * pi * np.arange(self.sides) / self.sides
            inside = np.max([along * cos(a) + across * sin(a) for a in angles], axis=0) <= self._apothem()
            upper = np.where(inside, self.thickness / 2, np.nan)
        elif self.kind == "capsule":
            length, width = self._capsule()
            beyond = np.maximum(np.abs(along) - (length - width) / 2, 0)
            upper = _root(width**2 / 4 - beyond**2 - across**2)
        else:
            radius = self._radius(np.arctan2(across, along)) if self.bumps else self.diameter / 2
            upper = _root(1 - (along**2 + across**2) / radius**2) * self.diameter / 2
        return -upper, upper

    def _outline_about_origin(self) -> FloatArray:
        angles = 2 * pi * np.arange(OUTLINE_POINTS) / OUTLINE_POINTS
        circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        if self.kind == "plate":
            corners = 2 * pi * (np.arange(self.sides) + 0.5) / self.sides
            return (
                np.stack([np.cos(corners), np.sin(corners)], axis=1) * self._apothem() / cos(pi / self.sides)
            )
        if self.kind == "capsule":
            length, width = self._capsule()
            shift = np.where(circle[:, :1] >= 0, 1, -1) * [[(length - width) / 2, 0]]
            return np.asarray(circle * width / 2 + shift)
        if self.kind == "cube":
            from scipy.spatial import ConvexHull

            corners = self._cube_corners()[:, :2]
            return np.asarray(corners[ConvexHull(corners).vertices])
        return circle * (self._radius(angles)[:, None] if self.bumps else self.diameter / 2)

    def _apothem(self) -> float:
        # area = sides * apothem^2 * tan(pi / sides)
        return self.diameter * sqrt(pi / (4 * self.sides * np.tan(pi / self.sides)))

    def _capsule(self) -> tuple[float, float]:
        """Length and width: area = W (L - W) + pi W^2 / 4, W = aspect * L."""
        length = self.diameter * sqrt(pi / 4 / (self.aspect * (1 - self.aspect) + pi * self.aspect**2 / 4))
        return length, self.aspect * length

    def _radius(self, angles: FloatArray) -> FloatArray:
        ripple = sum(
            amplitude * np.cos(order * angles + phase)
            for order, (amplitude, phase) in enumerate(self.bumps, 2)
        )
        # the area of r (1 + sum a cos) is pi r^2 (1 + sum a^2 / 2)
        scale = sqrt(1 + sum(amplitude**2 for amplitude, _ in self.bumps) / 2)
        return np.asarray(self.diameter / 2 * (1 + ripple) / scale)

    def _cube_edge(self) -> float:
        # the shadow of a cube has the area a^2 (|n_x| + |n_y| + |n_z|) for the line of sight n in its own axes
        assert self.tilt is not None
        return self.diameter * sqrt(pi / 4 / float(np.abs(self.tilt[2]).sum()))

    def _cube_corners(self) -> FloatArray:
        signs = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)])
        assert self.tilt is not None
        return np.asarray(signs * self._cube_edge() / 2 @ self.tilt.T)

    def _cube_heights(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where the line of sight enters and leaves, slab by slab."""
        assert self.tilt is not None
        lower, upper = np.full(x.shape, -np.inf), np.full(x.shape, np.inf)
        half = self._cube_edge() / 2
        for axis in range(3):
            normal = self.tilt[:, axis]
            offset = x * normal[0] + y * normal[1]
            if abs(normal[2]) < 1e-9:
                upper = np.where(np.abs(offset) > half, -np.inf, upper)
                continue
            one, other = (-half - offset) / normal[2], (half - offset) / normal[2]
            lower, upper = (
                np.maximum(lower, np.minimum(one, other)),
                np.minimum(upper, np.maximum(one, other)),
            )
        inside = lower <= upper
        return np.where(inside, lower, np.nan), np.where(inside, upper, np.nan)


def make_body(name: str, x: float, y: float, diameter: float, rng: np.random.Generator) -> Body:
    """A body of a class at random orientation."""
    angle = float(rng.uniform(0, 2 * pi))
    if name in POLYGONS:
        return Body("plate", x, y, diameter, angle, sides=POLYGONS[name], thickness=PLATE[name] * diameter)
    if name == "rod":
        return Body("capsule", x, y, diameter, angle, aspect=float(rng.uniform(0.2, 0.55)))
    if name == "cube":
        return Body("cube", x, y, diameter, angle, tilt=_lean(rng))
    bumps: tuple[tuple[float, float], ...] = ()
    if name == "sphere-like":
        bumps = tuple(
            (float(abs(rng.normal(0, 0.06 / order))), float(rng.uniform(0, 2 * pi))) for order in range(1, 5)
        )
    return Body("sphere", x, y, diameter, angle, bumps=bumps)


def _lean(rng: np.random.Generator) -> FloatArray:
    """A cube mostly lies on a face and sometimes leans."""
    lean = float(rng.choice([rng.normal(0, 0.05), rng.uniform(-0.6, 0.6)], p=[0.7, 0.3]))
    return np.array([[cos(lean), 0, sin(lean)], [0, 1, 0], [-sin(lean), 0, cos(lean)]])


def _root(square: FloatArray) -> FloatArray:
    return np.sqrt(np.where(square >= 0, square, np.nan))
