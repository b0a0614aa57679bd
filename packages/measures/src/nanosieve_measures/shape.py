"""Shape of particles: ratios that do not depend on size, each of shape (n,).

Ratios that are 1 for the limiting shape are cut off there: outline, hull and area have errors of their own, of a
thousandth and less, that would carry a perfect disc beyond it.
"""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles
from nanosieve_measures.calipers import calipers
from nanosieve_measures.moments import axes, hull_areas


def form_factor(particles: Particles) -> FloatArray:
    """4 pi A / P^2, 1 for a disc; ImageJ calls it circularity."""
    return _ratio(4 * np.pi * particles.areas, particles.perimeters**2)


def circularity(particles: Particles) -> FloatArray:
    """sqrt(4 pi A / P^2), 1 for a disc; ISO 9276-6 takes the root."""
    return np.sqrt(form_factor(particles))


def aspect_ratio(particles: Particles) -> FloatArray:
    """Smallest over largest Feret diameter, at most 1; ISO 9276-6. Other tools print the inverse."""
    found = particles.once(calipers)
    return _ratio(found.smallest, found.largest)


def ellipse_ratio(particles: Particles) -> FloatArray:
    """Minor over major axis of the ellipse with the same second moments; ISO 9276-6."""
    minor, major = particles.once(axes).T
    return _ratio(minor, major)


def solidity(particles: Particles) -> FloatArray:
    """Area over the area of the convex hull; ISO 9276-6."""
    return _ratio(particles.areas, particles.once(hull_areas))


def convexity(particles: Particles) -> FloatArray:
    """Perimeter of the convex hull over the perimeter; ISO 9276-6."""
    return _ratio(particles.hulls.lengths(), particles.perimeters)


def roundness(particles: Particles) -> FloatArray:
    """4 A / (pi xFmax^2); ISO 9276-6."""
    return _ratio(4 * particles.areas, np.pi * particles.once(calipers).largest ** 2)


def compactness(particles: Particles) -> FloatArray:
    """Root of the roundness; ISO 9276-6."""
    return np.sqrt(roundness(particles))


def extent(particles: Particles) -> FloatArray:
    """A / (xFmax xFmin), pi / 4 for a disc, towards 1 for a long thin rectangle; ISO 9276-6."""
    found = particles.once(calipers)
    return _ratio(particles.areas, found.largest * found.smallest)


def _ratio(upper: FloatArray, lower: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.minimum(np.where(lower > 0, upper / lower, np.nan), 1.0)
