"""Where particles lie: from the centre of the top-left pixel, x to the right, y down."""

from __future__ import annotations

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles


def centroid_x(particles: Particles) -> FloatArray:
    """Mean x of the particle's pixels in px, shape (n,)."""
    return particles.centroids[:, 0]


def centroid_y(particles: Particles) -> FloatArray:
    """Mean y of the particle's pixels in px, shape (n,)."""
    return particles.centroids[:, 1]
