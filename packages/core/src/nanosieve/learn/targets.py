"""What a network is to say of each pixel."""

from __future__ import annotations

import cv2
import numpy as np

from nanosieve.depth import depth_in
from nanosieve.values import FloatImage, LabelImage

# Half the width of a gap, px of the patch: wide enough to be learnt, narrow beside a particle.
REACH_PX = 2


def depth_in_particles(labels: LabelImage) -> FloatImage:
    """Distance to the edge over the largest in the same particle: 0 on the ground, 1 in the middle of a particle.

    Parameters
    ----------
    labels : ndarray of shape (H, W), int32, particles parted by gaps

    Notes
    -----
    Because it is relative, one level of it marks the middles of small and of large particles alike.
    """
    # the picture's frame is no edge of a particle
    depth = depth_in(labels > 0)
    deepest = np.zeros(int(labels.max(initial=0)) + 1, np.float32)
    np.maximum.at(deepest, labels, depth)
    relative: FloatImage = np.divide(
        depth, deepest[labels], out=np.zeros(labels.shape, np.float32), where=labels > 0
    )
    return relative


def gaps_between(labels: LabelImage) -> FloatImage:
    """1 where two different particles are within two pixels, whether they touch or not; else 0.

    Parameters
    ----------
    labels : ndarray of shape (H, W), int32, 0 background, fewer than 2^24 particles
    """
    side = 2 * REACH_PX + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    # float32: OpenCV compares no int32
    numbers = labels.astype(np.float32)
    highest = cv2.dilate(numbers, disc)
    lowest = cv2.erode(np.where(labels > 0, numbers, np.float32(np.inf)), disc)
    return ((highest > lowest) & np.isfinite(lowest)).astype(np.float32)
