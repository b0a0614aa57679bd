"""Size of particles: lengths in px and areas in px^2, each of shape (n,)."""

from __future__ import annotations

import numpy as np

from nanosieve.level_contours import areas_at
from nanosieve.outline import FloatArray
from nanosieve.particles import Particles
from nanosieve_measures.calipers import calipers
from nanosieve_measures.moments import hull_areas

# As far below the edge at 0.5 as above it: the levels between which a threshold could as well have been set.
LOW, HIGH = 0.3, 0.7


def area(particles: Particles) -> FloatArray:
    """Projected area, as `nanosieve.outline.trace` has it."""
    return particles.areas


def equivalent_diameter(particles: Particles) -> FloatArray:
    """Diameter of the disc of equal area, sqrt(4 A / pi); ISO 9276-6."""
    return np.sqrt(4 * particles.areas / np.pi)


def threshold_spread(particles: Particles) -> FloatArray:
    """Half of what the equivalent diameter loses from the contour at `LOW` to that at `HIGH` of the foreground map.

    How far the choice of the threshold moves the size; NaN without a foreground map. See `nanosieve.level_contours`.
    """
    segmentation = particles.segmentation
    if segmentation.foreground is None:
        return np.full(len(particles), np.nan)
    low, high = (
        areas_at(level, segmentation.labels, segmentation.foreground, segmentation.count)[particles.indices]
        for level in (LOW, HIGH)
    )
    return (np.sqrt(4 * low / np.pi) - np.sqrt(4 * high / np.pi)) / 2


def perimeter(particles: Particles) -> FloatArray:
    """Length of the outline; holes do not add to it."""
    return particles.perimeters


def hull_area(particles: Particles) -> FloatArray:
    """Area of the convex hull."""
    return particles.once(hull_areas)


def feret_max(particles: Particles) -> FloatArray:
    """Largest caliper width; ISO 13322-1."""
    return particles.once(calipers).largest


def feret_min(particles: Particles) -> FloatArray:
    """Smallest caliper width; ISO 13322-1."""
    return particles.once(calipers).smallest


def feret_90(particles: Particles) -> FloatArray:
    """Caliper width perpendicular to the largest; ISO 9276-6."""
    return particles.once(calipers).across
