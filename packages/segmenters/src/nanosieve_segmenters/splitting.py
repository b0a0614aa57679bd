"""Touching particles cut apart at their necks."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage.measure import label as connected
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

from nanosieve.depth import depth_in
from nanosieve.labels import relabel
from nanosieve_segmenters.holes import solidity

# A piece that fills this much of its convex hull has no neck.
CONVEX = 0.95
# Distances are in whole pixels where outlines are jagged; a dome must stand out by more.
LEAST_DEPTH_PX = 0.7


def split_touching(labels: np.ndarray, neck: float) -> np.ndarray:
    """Split pieces by a watershed of the distance transform, seeded at its h-maxima.

    Parameters
    ----------
    labels : ndarray of shape (H, W), int32, connected pieces
    neck : a maximum of thickness t counts when the ground on the way to a thicker one is below ``neck * t``

    Returns
    -------
    ndarray of shape (H, W), int32, gapless
    """
    result = labels.astype(np.int32).copy()
    following = int(labels.max(initial=0)) + 1
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        if box is None:
            continue
        piece = labels[box] == number
        if solidity(piece) >= CONVEX:
            continue
        parts = _parts(piece, neck)
        count = int(parts.max())
        if count < 2:
            continue
        view = result[box]
        for part in range(2, count + 1):
            view[parts == part] = following
            following += 1
    return relabel(result)


def _parts(piece: np.ndarray, neck: float) -> np.ndarray:
    padded = np.pad(piece, 1)
    depth = depth_in(padded)
    lowered = np.minimum(depth * neck, np.maximum(depth - LEAST_DEPTH_PX, 0))
    domes = reconstruction(lowered, depth)
    seeds = connected(local_maxima(domes) & padded, connectivity=2)
    if seeds.max() < 2:
        return piece.astype(np.int32)
    return watershed(-depth, seeds, mask=padded)[1:-1, 1:-1].astype(np.int32)
