"""Grey values of particles."""

from __future__ import annotations

import numba
import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles


def mean_grey(particles: Particles) -> FloatArray:
    """Mean grey value of the particle's pixels, in [0, 1] of the scaled micrograph, shape (n,)."""
    segmentation = particles.segmentation
    sums = grey_sums(segmentation.labels, particles.micrograph.pixels, segmentation.count)
    return sums[particles.labels - 1] / particles.pixel_counts


@numba.njit(cache=True, nogil=True)
def grey_sums(labels: np.ndarray, pixels: np.ndarray, count: int) -> np.ndarray:
    """Sum of grey values of each label, shape (n,)."""
    sums = np.zeros(count)
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            if labels[y, x] > 0:
                sums[labels[y, x] - 1] += pixels[y, x]
    return sums
