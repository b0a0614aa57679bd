"""The ground between particles: how uneven it is, and without its unevenness."""

from __future__ import annotations

import cv2
import numpy as np

# Unevenness above this share of the contrast is worth subtracting.
MUCH = 0.15


def local_mean(values: np.ndarray, weights: np.ndarray, sigma_px: float) -> np.ndarray:
    """Mean of the values that have weight, in a Gaussian neighbourhood; where there is none, of all of them.

    Parameters
    ----------
    values, weights : ndarrays of shape (H, W), float32; weights >= 0
    """
    # far from any weight the quotient of two tiny numbers is noise; the overall mean takes over there
    overall = float((values * weights).sum() / max(weights.sum(), 1e-9))
    height, width = values.shape
    factor = max(1, int(sigma_px / 4))  # what is smooth on a large scale needs few pixels
    size = (max(1, width // factor), max(1, height // factor))
    small_weights = cv2.resize(weights.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small_values = cv2.resize((values * weights).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    sigma = sigma_px / factor
    upper = cv2.GaussianBlur(small_values, (0, 0), sigma) + 1e-3 * overall
    lower = cv2.GaussianBlur(small_weights, (0, 0), sigma) + 1e-3
    return cv2.resize(upper / lower, (width, height), interpolation=cv2.INTER_LINEAR)


def flattened(grey: np.ndarray, particles: np.ndarray, sigma_px: float, always: bool) -> np.ndarray:
    """Grey values without the unevenness of the ground.

    Parameters
    ----------
    grey : ndarray of shape (H, W), float32, particles bright
    particles : ndarray of shape (H, W), bool, a first guess
    always : also where the unevenness is small

    Returns
    -------
    ndarray of shape (H, W), float32, or `grey` itself where nothing had to be done
    """
    grown = cv2.dilate(particles.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    if grown.all() or not particles.any():
        return grey
    ground = local_mean(grey, (~grown).astype(np.float32), sigma_px)
    contrast = float(grey[particles].mean() - grey[~grown].mean())
    low, high = np.percentile(ground, (5, 95))
    if always or high - low > MUCH * contrast:
        return (grey - ground + ground.mean()).astype(np.float32)
    return grey
