"""Size of particles: lengths in px and areas in px^2, each of shape (n,)."""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles
from nanosieve_measures.calipers import calipers
from nanosieve_measures.moments import hull_areas


def area(particles: Particles) -> FloatArray:
    """Projected area, as `nanosieve.outline.trace` has it."""
    return particles.areas


def equivalent_diameter(particles: Particles) -> FloatArray:
    """Diameter of the disc of equal area, sqrt(4 A / pi); ISO 9276-6."""
    return np.sqrt(4 * particles.areas / np.pi)


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
