"""The edge of particles to a fraction of a pixel: where the grey value is half way from ground to particle."""

from __future__ import annotations

import cv2
import numpy as np

from nanosieve.depth import depth_in
from nanosieve_segmenters.ground import local_mean

# Levels inside and outside are averaged over this neighbourhood, ...
LEVEL_PX = 6.0
# ... and pixels count by the cube of their distance from the edge, which is blurred, up to this one.
DEEP_PX = 6
# The edge is looked for so far on both sides of the threshold.
BAND_PX = 3
# Smoothing in px: the least, and how it grows with noise over contrast. It shifts the edge of a disc of radius r
# inwards by its square over 2 r.
SMOOTHING_PX, SMOOTHING_NOISE, MOST_SMOOTHING_PX = 0.5, 5.0, 1.5
LEAST_CONTRAST = 0.05


def edge_heights(grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Height of each pixel between ground and particle, along the edge of a mask.

    Parameters
    ----------
    grey : ndarray of shape (H, W), float32, particles bright
    mask : ndarray of shape (H, W), bool, particles to a few pixels

    Returns
    -------
    ndarray of shape (H, W), float32 in [0, 1]: 0.5 on the edge, 1 inside and 0 outside of a band along it
    """
    depth, clearance = _distances(mask), _distances(~mask)
    inside = local_mean(grey, np.minimum(depth, DEEP_PX) ** 3, LEVEL_PX)
    outside = local_mean(grey, np.minimum(clearance, DEEP_PX) ** 3, LEVEL_PX)
    contrast = inside - outside
    clear = contrast >= LEAST_CONTRAST
    usual = float(np.median(contrast[clear & mask])) if (clear & mask).any() else 1.0
    sigma = min(SMOOTHING_PX + SMOOTHING_NOISE * _noise(grey) / usual, MOST_SMOOTHING_PX)
    height = (cv2.GaussianBlur(grey, (0, 0), sigma) - outside) / np.maximum(contrast, LEAST_CONTRAST)
    height = np.where(clear, np.clip(height, 0, 1), mask)
    near = (depth <= BAND_PX) & (clearance <= BAND_PX)
    return np.where(near, height, mask).astype(np.float32)


def _noise(grey: np.ndarray) -> float:
    """Standard deviation of white noise: a filter that is blind to planes and edges, J. Immerkaer, CVIU 64, 300 (1996).

    Its median instead of its mean leaves out what texture there is.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, kernel))
    return float(np.median(response)) / (0.6745 * 6)


def _distances(mask: np.ndarray) -> np.ndarray:
    """Distance in px of each pixel of a mask from the nearest that is not in it; all far where none is."""
    if mask.all():
        return np.full(mask.shape, np.float32(max(mask.shape)))
    return depth_in(mask)
