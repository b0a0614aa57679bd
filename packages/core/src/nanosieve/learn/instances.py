"""From what a network says of each pixel to particles."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

from nanosieve.labels import components, relabel
from nanosieve.values import FloatImage, LabelImage


def find_instances(
    foreground: FloatImage,
    depth: FloatImage | None,
    *,
    threshold: float,
    seed_level: float,
    least_px: int,
) -> LabelImage:
    """Label particles.

    Parameters
    ----------
    foreground : ndarray of shape (H, W), float32: probability of particle
    depth : relative depth in the particle, 1 in its middle; None: what hangs together is one particle
    threshold : a pixel is particle above this probability
    seed_level : the middle of a particle is where the depth is above this
    least_px : pieces, and middles, of fewer pixels do not count

    Notes
    -----
    A piece with two or more middles is cut by a watershed of the depth, flooded from the middles.
    """
    labels = components(foreground > threshold, least_px)
    if depth is None or not labels.any():
        return labels
    middles = components((depth > seed_level) & (labels > 0), max(1, least_px // 4))
    owners = np.zeros(int(middles.max(initial=0)) + 1, np.int32)
    owners[middles] = labels
    counts = np.bincount(owners[1:], minlength=int(labels.max()) + 1)
    crowded = np.flatnonzero(counts >= 2)
    boxes = ndimage.find_objects(labels)
    following = int(labels.max()) + 1
    result = labels.copy()
    for number in crowded:
        box = boxes[number - 1]
        piece = labels[box] == number
        parts = watershed(-depth[box], np.where(piece, middles[box], 0), mask=piece)
        result[box][piece] = parts[piece] + following
        following += int(parts.max())
    return relabel(result)
