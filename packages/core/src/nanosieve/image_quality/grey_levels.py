"""Saturation and noise."""

from __future__ import annotations

import cv2
import numpy as np

from nanosieve.image_quality.regions import LEAST_PX, Regions
from nanosieve.values import Micrograph

# Takes constants, slopes and straight edges along rows or columns away, and keeps white noise six times as strong.
LAPLACIAN_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
NOISE_GAIN = 6.0


def saturation(micrograph: Micrograph) -> float:
    """Share of valid pixels that have the least or the largest grey value, in [0, 1].

    Grey values are scaled between their percentiles 0.1 and 99.9, so that it is 0.002 and, with few grey values, a
    little more where nothing is saturated.
    """
    pixels = np.asarray(micrograph.pixels)
    known = pixels if micrograph.valid is None else pixels[micrograph.valid]
    return float(np.mean((known <= 0) | (known >= 1))) if known.size else np.nan


def noise(regions: Regions) -> float:
    """Standard deviation of the noise over the contrast between particles and ground.

    NaN where there is no contrast. Noise of neighbouring pixels that is alike is underestimated.

    Notes
    -----
    Immerkaer's mean absolute response to the difference of two Laplacians, without the pixels near edges [1]_ and
    without saturated ones.

    References
    ----------
    .. [1] J. Immerkaer, "Fast noise variance estimation", Comput. Vis. Image Underst. 64, 300 (1996); edges left out
       as in S.-C. Tai, S.-M. Yang, "A fast method for image noise estimation using Laplacian operator and adaptive
       edge detection", ISCCSP 2008.
    """
    response = cv2.filter2D(regions.pixels, -1, LAPLACIAN_DIFFERENCE)
    counted = (regions.ground | regions.core) & (regions.pixels > 0) & (regions.pixels < 1)
    if np.count_nonzero(counted) < LEAST_PX:
        return np.nan
    # of a normal distribution the standard deviation is sqrt(pi / 2) times the mean absolute value
    sigma = np.sqrt(np.pi / 2) / NOISE_GAIN * float(np.abs(response[counted]).mean())
    return float(sigma / regions.contrast)
