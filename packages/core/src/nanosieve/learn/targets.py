"""What a network is to say of each pixel."""

from __future__ import annotations

import cv2
import numpy as np

from nanosieve.values import FloatImage, LabelImage


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
    depth = cv2.distanceTransform((labels > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    deepest = np.zeros(int(labels.max(initial=0)) + 1, np.float32)
    np.maximum.at(deepest, labels, depth)
    relative: FloatImage = np.divide(
        depth, deepest[labels], out=np.zeros(labels.shape, np.float32), where=labels > 0
    )
    return relative
