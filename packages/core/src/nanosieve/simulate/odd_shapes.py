"""Shapes that no class of the paper has, to see whether a classifier answers that it does not know them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import pi, sqrt
from typing import Self

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from nanosieve.simulate.plate import Plate, rounded
from nanosieve.simulate.polygons import polygon_area
from nanosieve.simulate.polyhedron import Polyhedron
from nanosieve.simulate.settings import ShapeClass, SimulationSettings
from nanosieve.simulate.solids import FloatArray, Solid, Surface

# A star: how many points, and the distance of its notches over that of its points.
POINTS = (4, 6)
NOTCH = (0.35, 0.5)
# Width over length of the bars of a cross.
BAR_ASPECT = (0.2, 0.38)
# A screw: width over length, threads, how far they rise over the mean radius, how askew they run (rad at the edge),
# and the length of an end over the radius, from blunt to round.
SCREW_ASPECT = (0.24, 0.4)
THREADS = (5, 8)
THREAD_DEPTH = (0.14, 0.22)
THREAD_SLANT = 0.8
END = (0.3, 1.0)
# A fragment: corners, their distances from the centre, width over length, largest share of its convex hull.
DEBRIS_CORNERS = (8, 13)
DEBRIS_DISTANCE = (0.35, 1.0)
DEBRIS_ASPECT = (0.6, 1.0)
DEBRIS_SOLIDITY = 0.82
# Points of an outline along one thread, and around one end.
THREAD_POINTS, END_POINTS = 24, 24
# Rounds in which the edge of a screw is found; each leaves a sixth of the error.
ROUNDS = 20


@dataclass(frozen=True, eq=False)
class Screw:
    """A lying rod with threads, its own mirror image in the plane through its axis.

    Along the axis, at the distance t beside it, its radius is that of a rod with elliptic ends times
    1 + depth * cos(2 pi * along / pitch - slant * t / radius).

    Attributes
    ----------
    half_length : from the centre to where an end begins
    radius : mean radius
    end : length of an end
    pitch : from thread to thread
    depth : how far threads rise, over the radius
    slant : how far threads lag behind at the edge, rad
    angle : of the axis to x, rad
    """

    half_length: float
    radius: float
    end: float
    pitch: float
    depth: float
    slant: float
    angle: float

    @cached_property
    def outline(self) -> FloatArray:
        """See `Solid`."""
        count = int(np.ceil(2 * self.half_length / self.pitch * THREAD_POINTS))
        bend = self.half_length + self.end * np.sin(pi / 2 * np.arange(1, END_POINTS + 1) / END_POINTS)
        along = np.concatenate([-bend[::-1], np.linspace(-1, 1, count) * self.half_length, bend])
        along, aside = (
            np.concatenate([along, along[-2:0:-1]]),
            np.concatenate([self._edge(along, 1), self._edge(along[-2:0:-1], -1)]),
        )
        c, s = np.cos(self.angle), np.sin(self.angle)
        return np.stack([c * along - s * aside, s * along + c * aside], axis=1)

    def inside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """See `Solid`."""
        square, by_along, by_aside = self._square(x, y)
        slope = np.maximum(np.hypot(by_along, by_aside), 1e-9)
        return np.asarray(np.minimum(square / slope, self.radius))

    def heights(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See `Solid`."""
        upper = np.sqrt(np.maximum(self._square(x, y)[0], 0))
        return -upper, upper

    def surface(self, x: FloatArray, y: FloatArray) -> Surface:
        """See `Solid`."""
        square, by_along, by_aside = self._square(x, y)
        upper = np.sqrt(np.maximum(square, 1e-6 * self.radius**2))
        c, s = np.cos(self.angle), np.sin(self.angle)
        normal = np.stack([c * by_along - s * by_aside, s * by_along + c * by_aside, -2 * upper])
        normal /= -np.linalg.norm(normal, axis=0)
        return Surface(normal[0], normal[1], normal[2], self.inside(x, y))

    def scaled(self, factor: float) -> Self:
        """See `Solid`."""
        return replace(
            self,
            half_length=self.half_length * factor,
            radius=self.radius * factor,
            end=self.end * factor,
            pitch=self.pitch * factor,
        )

    def _square(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Square of the upper surface, < 0 beside the body, and its slopes along the axis and to its side."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        along, aside = c * x + s * y, c * y - s * x
        beyond = np.maximum(np.abs(along) - self.half_length, 0) / self.end
        rod = self.radius**2 * (1 - beyond**2)
        rod_slope = -2 * self.radius**2 / self.end * beyond * np.sign(along)
        phase = 2 * pi * along / self.pitch - self.slant * aside / self.radius
        thread, falling = 1 + self.depth * np.cos(phase), -self.depth * np.sin(phase)
        by_phase = 2 * rod * thread * falling
        return (
            rod * thread**2 - aside**2,
            rod_slope * thread**2 + by_phase * 2 * pi / self.pitch,
            -by_phase * self.slant / self.radius - 2 * aside,
        )

    def _edge(self, along: FloatArray, side: int) -> FloatArray:
        """How far the body reaches to one side of the axis."""
        beyond = np.maximum(np.abs(along) - self.half_length, 0) / self.end
        rod = side * self.radius * np.sqrt(np.maximum(1 - beyond**2, 0))
        aside = rod
        for _ in range(ROUNDS):
            phase = 2 * pi * along / self.pitch - self.slant * aside / self.radius
            aside = rod * (1 + self.depth * np.cos(phase))
        return np.asarray(aside)


def star_corners(points: int, notch: float) -> FloatArray:
    """A regular star with its points at distance 1 and its notches at distance `notch`, shape (2 points, 2)."""
    return _ring(pi * np.arange(2 * points) / points, np.tile([1.0, notch], points))


def cross_corners(aspect: float) -> FloatArray:
    """Two bars of length 2 across one another, shape (12, 2).

    Parameters
    ----------
    aspect : width over length of a bar
    """
    arm = np.array([[1, -aspect], [1, aspect], [aspect, aspect]])
    quarter = np.array([[0, 1], [-1, 0]])
    return np.concatenate([arm @ np.linalg.matrix_power(quarter, turn) for turn in range(4)])


def octahedron(rounding: float) -> Polyhedron:
    """A regular octahedron on a corner, whose sharp corners would lie at distance 1.

    Parameters
    ----------
    rounding : radius of the edges over that of the sphere that touches all faces
    """
    corners = (1 - rounding) * np.concatenate([np.eye(3), -np.eye(3)])
    return Polyhedron(corners, rounding / sqrt(3))


def _draw_star(settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    points, notch = int(rng.integers(POINTS[0], POINTS[1] + 1)), float(rng.uniform(*NOTCH))
    return _plate(star_corners(points, notch), notch * np.sin(pi / points), settings, rng)


def _draw_cross(settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    aspect = float(rng.uniform(*BAR_ASPECT))
    return _plate(cross_corners(aspect), aspect, settings, rng)


def _draw_debris(settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    corners = _jagged(rng)
    while polygon_area(corners) > DEBRIS_SOLIDITY * ConvexHull(corners).volume:
        corners = _jagged(rng)
    return _plate(corners, DEBRIS_DISTANCE[0] / 2, settings, rng)


def _draw_octahedron(settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    body = octahedron(settings.rounding)
    if scanning:
        turn = Rotation.from_quat(rng.normal(size=4))
    else:
        turn = Rotation.from_rotvec([0, 0, rng.uniform(0, 2 * pi)])
        if rng.random() < 0.5:
            # the face between the three axes down
            turn = turn * Rotation.align_vectors([[0, 0, -1]], [[1, 1, 1]])[0]
    return replace(body, corners=turn.apply(body.corners))


def _draw_screw(settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    length = 1 / float(rng.uniform(*SCREW_ASPECT))
    end = float(rng.uniform(*END))
    return Screw(
        half_length=length - end,
        radius=1.0,
        end=end,
        pitch=2 * length / int(rng.integers(THREADS[0], THREADS[1] + 1)),
        depth=float(rng.uniform(*THREAD_DEPTH)),
        slant=float(rng.uniform(-THREAD_SLANT, THREAD_SLANT)),
        angle=float(rng.uniform(0, 2 * pi)),
    )


ODD_FORMS: dict[ShapeClass, Callable[[SimulationSettings, bool, np.random.Generator], Solid]] = {
    "star": _draw_star,
    "octahedron": _draw_octahedron,
    "cross": _draw_cross,
    "screw": _draw_screw,
    "debris": _draw_debris,
}


def _jagged(rng: np.random.Generator) -> FloatArray:
    count = int(rng.integers(DEBRIS_CORNERS[0], DEBRIS_CORNERS[1] + 1))
    angles = 2 * pi * (np.arange(count) + rng.uniform(-0.35, 0.35, count)) / count
    return _ring(angles, rng.uniform(*DEBRIS_DISTANCE, count)) * (1, rng.uniform(*DEBRIS_ASPECT))


def _plate(
    corners: FloatArray, half_width: float, settings: SimulationSettings, rng: np.random.Generator
) -> Plate:
    """Turned at random, with the thickness and the rounding that the settings give."""
    rounding = settings.rounding * half_width
    angle = rng.uniform(0, 2 * pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    outline = rounded(corners @ turn, rounding)
    diameter = sqrt(4 * polygon_area(outline) / pi)
    half_height = diameter * settings.plate_thickness * float(rng.uniform(0.7, 1.3)) / 2
    return Plate(outline, half_height, min(rounding, half_height))


def _ring(angles: FloatArray, distances: FloatArray) -> FloatArray:
    return np.stack([distances * np.cos(angles), distances * np.sin(angles)], axis=1)
