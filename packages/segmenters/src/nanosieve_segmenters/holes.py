"""Holes of a threshold: dark middles of particles are filled, gaps between particles are not."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

# A hole whose mean stays above this share of the way from the ground to the threshold shows no ground.
SHALLOW = 0.65
# What shows the ground may still be the middle of a particle with bright rims, which is convex; the gap between
# convex particles has sides that bend inwards and fills less of its hull.
CONVEX = 0.9
# Smaller holes are noise.
NOISE_PX = 8


def fill_holes(mask: np.ndarray, excess: np.ndarray, convex_px: float, shallow_px: float) -> np.ndarray:
    """The mask with its holes filled where they belong to particles; what is open to the border is no hole.

    Parameters
    ----------
    mask : ndarray of shape (H, W), bool
    excess : ndarray of shape (H, W), float32, grey value above the threshold, below 0 in holes and on the ground
    convex_px, shallow_px : largest area of a convex hole and of one that shows no ground, px
    """
    _, holes, statistics, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    height, width = mask.shape
    left, top = statistics[:, cv2.CC_STAT_LEFT], statistics[:, cv2.CC_STAT_TOP]
    right, bottom = left + statistics[:, cv2.CC_STAT_WIDTH], top + statistics[:, cv2.CC_STAT_HEIGHT]
    areas = statistics[:, cv2.CC_STAT_AREA]
    inner = (left > 0) & (top > 0) & (right < width) & (bottom < height)
    inner[0] = False
    if not inner.any():
        return mask
    ground = float(np.median(excess[~mask]))
    means = ndimage.mean(excess, holes, np.arange(len(areas)))
    filled = inner & ((areas <= NOISE_PX) | ((areas <= shallow_px) & (means > (1 - SHALLOW) * ground)))
    for number in np.flatnonzero(inner & ~filled & (areas <= convex_px)):
        box = np.s_[top[number] : bottom[number], left[number] : right[number]]
        filled[number] = solidity(holes[box] == number) >= CONVEX
    return mask | filled[holes]


def solidity(piece: np.ndarray) -> float:
    """Area of a piece over that of its convex hull, 1 where it is convex.

    Parameters
    ----------
    piece : ndarray of shape (h, w), bool, one connected piece
    """
    contours, _ = cv2.findContours(piece.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(np.concatenate(contours))
    # corner to corner, not centre to centre: half a pixel all round
    area = cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1
    return float(piece.sum()) / area
