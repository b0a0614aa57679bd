"""Grey values of particles."""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles


def mean_grey(particles: Particles) -> FloatArray:
    """Mean grey value of the particle's pixels, in [0, 1] of the scaled micrograph, shape (n,)."""
    labels = particles.segmentation.labels
    sums = np.bincount(
        labels.ravel(),
        weights=particles.micrograph.pixels.ravel(),
        minlength=particles.segmentation.count + 1,
    )
    return sums[particles.labels] / particles.pixel_counts
