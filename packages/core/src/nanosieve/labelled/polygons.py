"""Polygons drawn by people to labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon2mask

from nanosieve.values import LabelImage


def fill(labels: LabelImage, outlines: Sequence[NDArray[Any]], number: int) -> None:
    """Give the pixels inside outlines a number, in place; an outline inside another is a hole.

    Parameters
    ----------
    labels : ndarray of shape (H, W), int32
    outlines : ndarrays of shape (n, 2), x and y in px; (0, 0) is the corner of the first pixel, as in ImageJ, LabelMe
        and COCO
    """
    corners = np.concatenate([np.asarray(outline, float) for outline in outlines])
    height, width = labels.shape
    # only the box around the particle is drawn: images hold thousands
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width, height))
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width, height))
    if x1 <= x0 or y1 <= y0:
        return
    inside = np.zeros((y1 - y0, x1 - x0), bool)
    for outline in outlines:
        # scikit-image counts from the centre of the first pixel, and rows come first
        inside ^= polygon2mask(inside.shape, (np.asarray(outline, float) - (x0, y0) - 0.5)[:, ::-1])
    labels[y0:y1, x0:x1][inside] = number
