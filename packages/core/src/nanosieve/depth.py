"""How deep a pixel lies in a mask, the same to the last bit each time."""

from __future__ import annotations

import cv2
import numpy as np

from nanosieve.labels import stripes


def depth_in(mask: np.ndarray) -> np.ndarray:
    """Distance in px of each pixel of a mask from the nearest that is not in it.

    Parameters
    ----------
    mask : ndarray of shape (H, W), bool; what is True everywhere is endlessly deep

    Returns
    -------
    ndarray of shape (H, W), float32, 0 outside
    """
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # OpenCV's last bit depends on where in memory the picture lies. Squares of distances are whole numbers; float32
    # tells them apart up to 2000 px.
    for rows in stripes(depth.shape):
        depth[rows] = np.sqrt(np.rint(np.square(depth[rows], dtype=np.float64)))
    return depth
