"""Drawing particles: class, size, form and orientation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import cos, pi, sin, sqrt
from typing import cast

import numpy as np
from scipy.spatial import ConvexHull, HalfspaceIntersection
from scipy.spatial.transform import Rotation

from nanosieve.errors import UsageError
from nanosieve.kinds import Kind
from nanosieve.simulate.odd_shapes import ODD_FORMS
from nanosieve.simulate.polygons import polygon_area
from nanosieve.simulate.polyhedron import Polyhedron
from nanosieve.simulate.settings import (
    AGGLOMERATE,
    ODD_CLASSES,
    SE_CLASSES,
    STEM_CLASSES,
    ShapeClass,
    SimulationSettings,
)
from nanosieve.simulate.solids import Ball, Capsule, FloatArray, Solid
from nanosieve.simulate.union import union_outline

SIDES: dict[ShapeClass, int] = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}
# Width over length of a rod.
ROD_ASPECT = (0.18, 0.55)
# Shares of the SE particles that do not lie flat, and that are crystals rather than drops.
LEANING, FACETED = 0.35, 0.5
FACETS = 16
# An agglomerate: how many members, and how deep one reaches into the next, over the distance at which they touch.
# Members that reach less deep leave necks by which they can be told apart, and are particles of their own.
MEMBERS = (3, 8)
DEPTH = (0.3, 0.5)


@dataclass(frozen=True, eq=False)
class Part:
    """One body of a particle, and where its centre is about the particle's."""

    solid: Solid
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, eq=False)
class Particle:
    """One particle about the origin, px: a body, or several that cannot be told apart (an agglomerate).

    Attributes
    ----------
    drawn_class : its class where nothing hides it
    parts : its bodies; their thicknesses add up
    outline : around all of it, seen from above, shape (n, 2), (x, y)
    strength : yield or absorption over that of the material
    """

    drawn_class: str
    parts: tuple[Part, ...]
    outline: FloatArray
    strength: float

    def inside(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Distance to the outline, > 0 inside."""
        return np.asarray(np.max([part.solid.inside(x - part.x, y - part.y) for part in self.parts], axis=0))

    @cached_property
    def area(self) -> float:
        """Area of the outline, px^2."""
        return polygon_area(self.outline)

    @property
    def diameter(self) -> float:
        """Diameter of the circle of the same area, px."""
        return sqrt(4 * self.area / pi)

    def reach(self, angle: float) -> float:
        """How far it reaches from its centre in a direction (support function), px."""
        return float((self.outline @ (cos(angle), sin(angle))).max())


def class_shares(kind: Kind, settings: SimulationSettings) -> Mapping[ShapeClass, float]:
    """How often each class of single particles is drawn; the shares add up to 1.

    Raises
    ------
    UsageError
        If a class is none of this kind of picture, or all shares are 0.
    """
    known = SE_CLASSES if kind == "se" else STEM_CLASSES
    asked = settings.classes or known
    possible = (*known, *ODD_CLASSES)
    for name in asked:
        if name not in possible:
            raise UsageError(
                f"a picture of kind {kind!r} has no class {name!r}; it has {', '.join(possible)}"
            )
    total = sum(asked.values())
    if total <= 0 or min(asked.values()) < 0:
        raise UsageError(
            f"the shares of classes must be 0 or more, and one of them positive, not {dict(asked)}"
        )
    return {name: share / total for name, share in asked.items()}


def draw_particle(
    shares: Mapping[ShapeClass, float],
    settings: SimulationSettings,
    *,
    scanning: bool,
    rng: np.random.Generator,
) -> Particle:
    """A particle of random class, size, form and orientation."""
    name = cast(ShapeClass, rng.choice(list(shares), p=list(shares.values())))
    strength = float(np.exp(rng.normal(0, settings.variety)))
    # concave members may not meet, and an agglomerate would be one of the known classes
    if not scanning and name not in ODD_CLASSES and rng.random() < settings.agglomerates:
        parts, outline = _draw_agglomerate(name, settings, rng)
        return Particle(AGGLOMERATE, parts, outline, strength)
    solid = _draw_solid(name, settings, scanning, rng)
    return Particle(name, (Part(solid),), solid.outline, strength)


def _draw_solid(
    name: ShapeClass, settings: SimulationSettings, scanning: bool, rng: np.random.Generator
) -> Solid:
    diameter = settings.diameter_px * settings.spread ** rng.normal()
    if name in ODD_FORMS:
        solid = ODD_FORMS[name](settings, scanning, rng)
    else:
        solid = _FORMS[name](name, settings, scanning, rng)
    # of unit size so far: the outline gives the size, whatever the orientation
    return solid.scaled(diameter / sqrt(4 * polygon_area(solid.outline) / pi))


def _ball(name: ShapeClass, settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    if name == "sphere":
        return Ball(1.0, 1.0)
    if name == "sphere-like" and rng.random() < FACETED:
        return _crystal(settings, rng)
    amplitude = settings.irregularity * (1 if scanning else 0.2)
    waves = tuple(
        (order, float(rng.normal(0, amplitude / (order - 1))), float(rng.uniform(0, 2 * pi)))
        for order in range(2, 7)
    )
    return Ball(1.0, float(rng.uniform(0.8, 1.0) if scanning else 1.0), waves)


def _crystal(settings: SimulationSettings, rng: np.random.Generator) -> Solid:
    """A body between planes in random directions, all about as far from the centre."""
    normals = rng.normal(size=(FACETS, 3))
    normals = np.concatenate([normals, -normals.mean(axis=0, keepdims=True), np.eye(3), -np.eye(3)])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    offsets = 1 + settings.irregularity * rng.normal(size=len(normals))
    offsets[-6:] = 1.3  # so that no body is open to one side
    slimmest = 1 / settings.elongation
    stretched = normals / np.array([1.0, rng.uniform(slimmest, 1.0), rng.uniform(slimmest, 1.0)])
    body = HalfspaceIntersection(np.column_stack([stretched, -np.maximum(offsets, 0.5)]), np.zeros(3))
    corners = body.intersections[ConvexHull(body.intersections).vertices]
    rounding = max(2 * settings.rounding, 0.2)
    return Polyhedron(_turned(corners * (1 - rounding), rng), rounding)


def _rod(name: ShapeClass, settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    aspect, angle = rng.uniform(*ROD_ASPECT), rng.uniform(0, 2 * pi)
    lean = rng.uniform(-0.6, 0.6) if scanning and rng.random() < LEANING else 0.0
    axis = (cos(lean) * cos(angle), cos(lean) * sin(angle), sin(lean))
    return Capsule(float(1 / aspect - 1), 1.0, axis)


def _prism(name: ShapeClass, settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    """A plate or prism that lies on its base; a square is a cube."""
    sides = SIDES[name]
    angles = 2 * pi * np.arange(sides) / sides + rng.uniform(0, 2 * pi)
    rounding = settings.rounding * cos(pi / sides)
    # corners of the core of a shape whose sharp corners would lie at distance 1
    ring = (1 - rounding / cos(pi / sides)) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    if name == "square":
        half = cos(pi / sides) - rounding
    else:
        diameter = 2 * sqrt(sides / 2 * sin(2 * pi / sides) / pi)
        half = max(diameter * settings.plate_thickness * rng.uniform(0.7, 1.3) / 2 - rounding, 0.02)
    corners = np.concatenate([np.column_stack([ring, np.full(sides, z)]) for z in (-half, half)])
    return Polyhedron(corners, rounding)


def _cube(name: ShapeClass, settings: SimulationSettings, scanning: bool, rng: np.random.Generator) -> Solid:
    signs = np.array([[i, j, k] for i in (-1.0, 1.0) for j in (-1.0, 1.0) for k in (-1.0, 1.0)])
    corners = signs * (1 - settings.rounding)
    if rng.random() < LEANING:
        return Polyhedron(_turned(corners, rng), settings.rounding)
    # no face is quite level
    lying = Rotation.from_rotvec([*rng.normal(0, 0.04, 2), 0]) * Rotation.from_rotvec(
        [0, 0, rng.uniform(0, 2 * pi)]
    )
    return Polyhedron(lying.apply(corners), settings.rounding)


_FORMS: dict[ShapeClass, Callable[[ShapeClass, SimulationSettings, bool, np.random.Generator], Solid]] = {
    "sphere": _ball,
    "sphere-like": _ball,
    "circle": _ball,
    "rod": _rod,
    "cube": _cube,
    "triangle": _prism,
    "square": _prism,
    "pentagon": _prism,
    "hexagon": _prism,
}


def _draw_agglomerate(
    name: ShapeClass, settings: SimulationSettings, rng: np.random.Generator
) -> tuple[tuple[Part, ...], FloatArray]:
    """Members of one class, each reaching into an earlier one, without a hole between them."""
    parts: list[Part] = []
    for _ in range(int(rng.integers(MEMBERS[0], MEMBERS[1] + 1))):
        solid = _draw_solid(name, settings, False, rng)
        parts.append(_attached(solid, parts[int(rng.integers(len(parts)))], rng) if parts else Part(solid))
    while True:
        outline = union_outline(
            [each.solid.outline + np.array([each.x, each.y]) for each in parts],
            [lambda x, y, each=each: each.solid.inside(x - each.x, y - each.y) for each in parts],  # type: ignore[misc]
        )
        if outline is not None:
            return tuple(parts), outline
        # each member touches an earlier one: the last may go, and a single one always has one ring
        parts.pop()


def _attached(solid: Solid, to: Part, rng: np.random.Generator) -> Part:
    angle = float(rng.uniform(0, 2 * pi))
    towards = np.array([cos(angle), sin(angle)])
    touching = float((to.solid.outline @ towards).max() + (solid.outline @ -towards).max())
    x, y = towards * touching * (1 - rng.uniform(*DEPTH))
    return Part(solid, to.x + float(x), to.y + float(y))


def _turned(corners: FloatArray, rng: np.random.Generator) -> FloatArray:
    """In an orientation drawn evenly from all (Shoemake 1992: a normal random quaternion)."""
    return np.asarray(Rotation.from_quat(rng.normal(size=4)).apply(corners))
