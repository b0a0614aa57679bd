"""Hull areas, and axes of the ellipses that outlines have the second moments of."""

from __future__ import annotations

import numpy as np

from nanosieve.moments import polygon_moments
from nanosieve.outline import FloatArray
from nanosieve.particles import Particles


def hull_areas(particles: Particles) -> FloatArray:
    """Areas of the convex hulls in px^2, shape (n,)."""
    return polygon_moments(particles.hulls.points, particles.hulls.offsets)[:, 0]


def axes(particles: Particles) -> FloatArray:
    """Minor and major axis in px of the ellipse with the second moments of the outline, shape (n, 2)."""
    xx, xy, yy = polygon_moments(particles.outlines.points, particles.outlines.offsets)[:, 3:].T
    middle, difference = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    # an ellipse with half axis a has the second moment a^2 / 4
    return 4 * np.sqrt(np.maximum(np.stack([middle - difference, middle + difference], axis=1), 0))
