"""Outlines freed of what is known to be wrong with them, before they are measured.

Two recognised effects, either of which the rules can leave in (GUM 3.2.4: what is recognised is corrected, and the
uncertainty of the correction goes into the budget):

- noise makes the largest width too large and the smallest too small, see `nanosieve.outline_noise`; shapes with sharp
  corners keep it
- a model puts the edge too far out or in, by what its card says of particles of that class

The labels stay as they are, and so does what is read from them: place, grey values, which particles touch the frame.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nanosieve.models import Boundary
from nanosieve.outline import FloatArray, Outlines
from nanosieve.outline_kernels import hull_of
from nanosieve.outline_noise import noise_level, without_noise
from nanosieve.outline_offset import freedom, moved, shoelace
from nanosieve.particles import Particles
from nanosieve.quality import Rules
from nanosieve.values import BoundaryTreatment

# The waves that make a corner are no stronger than noise: taking them off makes large widths too small by 1 px, as much
# as noise makes them too large.
CORNERED = frozenset({"triangle", "square", "pentagon", "hexagon", "cube"})


def refine(particles: Particles, boundary: Boundary | None, rules: Rules) -> Particles:
    """The same particles with refined outlines, hulls, areas and perimeters.

    Parameters
    ----------
    particles : all of a segmentation, classified
    boundary : where the model puts edges; None where nobody measured it

    Notes
    -----
    Particles without a soft map, whose outline runs along pixel edges, and those in several pieces, of which the
    outline is but one, stay as they are.
    """
    if particles.segmentation.foreground is None or not len(particles):
        return particles
    offsets = offsets_of(particles, boundary) if rules.correct_boundary else np.zeros(len(particles))
    level = noise_level(_whole(particles)) if rules.remove_outline_noise else 0.0
    if level == 0 and not offsets.any():
        return particles
    old = particles.geometry_of_all
    names = particles.classes or ("",) * len(particles)
    polygons, hulls = [], []
    areas = old.areas.copy()
    for index in range(len(particles)):
        polygon, hull = old.outlines[index], old.hulls[index]
        if _in_one_piece(polygon, hull):
            given = polygon
            if level > 0 and names[index] not in CORNERED:
                polygon = without_noise(polygon, level)
            if offsets[index]:
                free = freedom(polygon, index + 1, particles.segmentation.labels, old.stretch)
                before, polygon = polygon, moved(polygon, offsets[index], free)
                areas[index] += shoelace(polygon) - shoelace(before)
            if shoelace(polygon) <= 0:  # moved in by more than its radius
                polygon, areas[index] = given, old.areas[index]
            hull = _hull(polygon)
        polygons.append(polygon)
        hulls.append(hull)
    outlines = _joined(polygons)
    return replace(
        particles,
        geometry_of_all=replace(
            old, outlines=outlines, hulls=_joined(hulls), areas=areas, perimeters=outlines.lengths()
        ),
    )


def treatment(particles: Particles, boundary: Boundary | None, rules: Rules) -> BoundaryTreatment:
    """What `refine` does about the boundary."""
    if boundary is None:
        return "unknown"
    return "corrected" if rules.correct_boundary and particles.geometry == "subpixel" else "left"


def offsets_of(particles: Particles, boundary: Boundary | None) -> FloatArray:
    """By how much the outline of each particle is to be moved outwards, isotropic px, shape (n,)."""
    if boundary is None:
        return np.zeros(len(particles))
    seen = particles.segmentation.magnification
    names = particles.classes or ("",) * len(particles)
    # a diameter has two ends
    return np.array([-boundary.of(name).offset_px / seen / 2 for name in names])


def _whole(particles: Particles) -> Outlines:
    """Outlines that the frame does not cut."""
    height, width = particles.segmentation.labels.shape
    y0, x0, y1, x1 = particles.boxes.T
    return particles.outlines.take(np.flatnonzero((y0 > 0) & (x0 > 0) & (y1 < height) & (x1 < width)))


def _in_one_piece(polygon: FloatArray, hull: FloatArray) -> bool:
    return np.array_equal(polygon.min(axis=0), hull.min(axis=0)) and np.array_equal(
        polygon.max(axis=0), hull.max(axis=0)
    )


def _hull(polygon: FloatArray) -> FloatArray:
    hull = np.empty((2 * len(polygon) + 2, 2))
    return hull[: hull_of(np.ascontiguousarray(polygon), hull, 0)].copy()


def _joined(polygons: list[FloatArray]) -> Outlines:
    ends = np.cumsum([0, *(len(polygon) for polygon in polygons)], dtype=np.int64)
    return Outlines(np.concatenate(polygons), ends)
