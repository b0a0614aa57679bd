"""Particles and ground count the same in sum, however little of the image particles cover."""

from __future__ import annotations

import numpy as np

from nanosieve import Config


def compute(labels: np.ndarray, pixels: np.ndarray, config: Config) -> np.ndarray:
    """Weights of shape (H, W), float32, of mean 1: n / (2 n_particle) on particles, n / (2 n_ground) on the ground.

    Ones where all is particle or all is ground.
    """
    particle = labels > 0
    count = np.count_nonzero(particle)
    if count in (0, labels.size):
        return np.ones(labels.shape, np.float32)
    on_particles = labels.size / (2 * count)
    on_ground = labels.size / (2 * (labels.size - count))
    return np.where(particle, np.float32(on_particles), np.float32(on_ground))
