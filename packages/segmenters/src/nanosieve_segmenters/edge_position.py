"""The edge of particles to a fraction of a pixel: where the grey value is half way from ground to particle."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.segmentation import expand_labels

from nanosieve.labels import relabel
from nanosieve_segmenters.ground import local_mean

# Levels inside and outside are averaged over this neighbourhood.
LEVEL_PX = 4.0
# Outside of this band the threshold stands.
BAND_PX = 2
# Against noise; shifts the edge of a disc of radius r inwards by 0.18 / r px.
SMOOTHING_PX = 0.6
LEAST_CONTRAST = 0.05
# A flatter slope, per px, is no edge.
LEAST_SLOPE = 0.08


def refine(grey: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels whose edge lies at half height, and the covered share of each pixel.

    Parameters
    ----------
    grey : ndarray of shape (H, W), float32, particles bright
    labels : ndarray of shape (H, W), int32

    Returns
    -------
    labels : ndarray of shape (H, W), int32, gapless, > 0 where the share is at least 0.5
    foreground : ndarray of shape (H, W), float32 in [0, 1]
    """
    mask = (labels > 0).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BAND_PX + 1,) * 2)
    core, halo = cv2.erode(mask, disc), cv2.dilate(mask, disc)
    inside = local_mean(grey, _or_all(cv2.erode(mask, disc), mask), LEVEL_PX)
    outside = local_mean(grey, _or_all(1 - halo, 1 - mask), LEVEL_PX)
    contrast = inside - outside
    smooth = cv2.GaussianBlur(grey, (0, 0), SMOOTHING_PX)
    height = (smooth - outside) / np.maximum(contrast, LEAST_CONTRAST)
    slope = np.hypot(cv2.Sobel(height, cv2.CV_32F, 1, 0), cv2.Sobel(height, cv2.CV_32F, 0, 1)) / 8
    # signed distance from the edge, which is the covered share where it is less than half a pixel
    share = np.clip(0.5 + (height - 0.5) / np.maximum(slope, LEAST_SLOPE), 0, 1)
    share = np.where(contrast >= LEAST_CONTRAST, share, mask)
    foreground = np.where(core > 0, 1, np.where(halo > 0, share, 0)).astype(np.float32)
    grown = expand_labels(labels, BAND_PX)
    return relabel(np.where(foreground >= 0.5, grown, 0)), foreground


def _or_all(mask: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Weights of a mask; where it is empty, as among thin particles, of the larger one."""
    return (mask if mask.any() else otherwise).astype(np.float32)
