"""Label images: 0 is background, 1 to n are particles, without gaps.

Large images are gone through in stripes: as indices, labels take twice their memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from nanosieve.values import FloatImage, LabelImage

STRIPE_PX = 1 << 22


def stripes(shape: tuple[int, ...]) -> Iterator[slice]:
    """Rows of an image, some `STRIPE_PX` pixels at a time."""
    rows = max(1, STRIPE_PX // max(1, shape[1]))
    return (slice(first, first + rows) for first in range(0, shape[0], rows))


def pixel_counts(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Pixels of the background and of each particle.

    Parameters
    ----------
    labels : ndarray of shape (H, W), integers >= 0

    Returns
    -------
    ndarray of shape (largest label + 1,)
    """
    counts = np.zeros(int(labels.max(initial=0)) + 1, np.int64)
    for rows in stripes(labels.shape):
        counts += np.bincount(labels[rows].ravel(), minlength=len(counts))
    return counts


def largest_in(labels: LabelImage, values: FloatImage) -> NDArray[np.float32]:
    """Largest of some values >= 0 in the background and in each particle.

    Parameters
    ----------
    labels, values : ndarrays of shape (H, W)

    Returns
    -------
    ndarray of shape (largest label + 1,), 0 for labels that no pixel has
    """
    largest = np.zeros(int(labels.max(initial=0)) + 1, np.float32)
    for rows in stripes(labels.shape):
        np.maximum.at(largest, labels[rows].ravel(), values[rows].ravel())
    return largest


def relabel(labels: NDArray[Any]) -> LabelImage:
    """The same particles with numbers from 1 to n without gaps, in the order of their old numbers.

    Parameters
    ----------
    labels : ndarray of shape (H, W), integers >= 0
    """
    return keep(labels, pixel_counts(labels) > 0)


def keep(labels: NDArray[Any], wanted: NDArray[np.bool_]) -> LabelImage:
    """Some of the particles, with numbers from 1 to n without gaps, in the order of their old numbers.

    Parameters
    ----------
    labels : ndarray of shape (H, W), integers >= 0
    wanted : ndarray of shape (largest label + 1,); the first, of the background, does not count
    """
    present = wanted.copy()
    present[:1] = False
    numbers = (np.cumsum(present) * present).astype(np.int32)
    kept = np.empty(labels.shape, np.int32)
    for rows in stripes(labels.shape):
        kept[rows] = numbers[labels[rows]]
    return kept


def components(mask: NDArray[np.bool_], least_px: int = 1) -> LabelImage:
    """Connected pieces of a mask, diagonal neighbours joined, those below `least_px` pixels left out."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return keep(labels, statistics[:, cv2.CC_STAT_AREA] >= least_px)


def at_frame(labels: LabelImage) -> NDArray[np.bool_]:
    """Of each label, from 0 to the largest, whether it touches the frame."""
    touches = np.zeros(int(labels.max(initial=0)) + 1, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        touches[side] = True
    return touches


def outline_areas(piece: NDArray[np.bool_]) -> tuple[float, float]:
    """Area within the outer outline of a piece, and that of its convex hull, px^2.

    Parameters
    ----------
    piece : ndarray of shape (h, w); of several that do not hang together the largest counts

    Notes
    -----
    The outline goes through the centres of the outermost pixels; half a pixel is added all round.
    """
    contours, _ = cv2.findContours(piece.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    hull = cv2.convexHull(outline)
    inner, outer = (cv2.contourArea(each) + cv2.arcLength(each, True) / 2 + 1 for each in (outline, hull))
    return inner, outer


def solidity(labels: LabelImage) -> float:
    """Area of all particles over that of their convex hulls; 0 without any."""
    pairs = [outline_areas(labels[box] == n) for n, box in enumerate(ndimage.find_objects(labels), 1)]
    areas, hulls = np.sum(pairs, axis=0) if pairs else (0.0, 1.0)
    return float(areas / hulls)
