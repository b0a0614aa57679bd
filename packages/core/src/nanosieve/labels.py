"""Label images: 0 is background, 1 to n are particles, without gaps."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.values import LabelImage


def relabel(labels: NDArray[Any]) -> LabelImage:
    """The same particles with numbers from 1 to n without gaps, in the order of their old numbers.

    Parameters
    ----------
    labels : ndarray of shape (H, W), integers >= 0
    """
    present = np.bincount(labels.ravel()) > 0 if labels.size else np.zeros(1, bool)
    present[:1] = False
    numbers = np.cumsum(present, dtype=np.int32) * present
    renumbered: LabelImage = numbers.astype(np.int32)[labels]
    return renumbered


def components(mask: NDArray[np.bool_], least_px: int = 1) -> LabelImage:
    """Connected pieces of a mask, diagonal neighbours joined, those below `least_px` pixels left out."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = statistics[:, cv2.CC_STAT_AREA] >= least_px
    keep[0] = False
    return relabel(np.where(keep[labels], labels, 0))
