"""Narrow gaps and bright ground count more: w = w0 exp(-(d1 + d2)^2 / (2 sigma^2)) + gamma I + 1 on the ground.

J. Bals, M. Epple, RSC Adv. 2023, 13, 2795, eqn 1.
"""

from __future__ import annotations

import numpy as np

from nanosieve_segmenters.weight_maps import distance
from nanosieve_segmenters.weight_maps.intensity_config import IntensityConfig


def compute(labels: np.ndarray, pixels: np.ndarray, config: IntensityConfig) -> np.ndarray:
    """Weights of shape (H, W), float32: 1 on particles, between 1 and 1 + w0 + gamma on the ground.

    Notes
    -----
    I is the grey value from 0 for the darkest pixel of the image to 1 for the brightest; 0 in an image of one grey.
    """
    weights = distance.compute(labels, pixels, config)
    darkest, brightest = float(pixels.min(initial=1)), float(pixels.max(initial=0))
    if brightest <= darkest:
        return weights
    bright = config.gamma * (pixels - darkest) / (brightest - darkest)
    return np.where(labels > 0, weights, weights + bright).astype(np.float32)
