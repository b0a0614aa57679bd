"""From what a network says of each pixel to particles."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

from nanosieve.depth import depth_in
from nanosieve.labels import components, relabel
from nanosieve.values import FloatImage, LabelImage

# Smooths the depth that a network says, px: its ripples are no middles.
RIPPLE_PX = 1.0
# Half of the height is the depth that the network says, half is that of the piece itself.
SAID = 0.5
# Distances to the edge are not told apart more finely than this, px, or every ripple of an edge would be a middle.
FINE_PX = 3.0
EIGHT = np.ones((3, 3), np.uint8)


def find_instances(
    foreground: FloatImage,
    depth: FloatImage | None,
    gap: FloatImage | None = None,
    *,
    threshold: float,
    prominence: float,
    least_depth: float,
    least_px: int,
) -> LabelImage:
    """Label particles.

    Parameters
    ----------
    foreground : ndarray of shape (H, W), float32: probability of particle
    depth : relative depth in the particle, 1 in its middle; None: what hangs together is one particle
    gap : probability that two particles meet within a few pixels; above 0.5 it counts as an edge
    threshold : a pixel is particle above this probability
    prominence : a middle rises so far above the saddle to any higher one
    least_depth : a piece that is nowhere so deep is none: there the network saw no particle from edge to middle
    least_px : pieces of fewer pixels do not count

    Notes
    -----
    The height of a pixel is the mean of the depth that the network says and of the logarithm of its distance to the
    edge. Differences of a logarithm are ratios: a neck of the same relative width parts small particles and large ones
    in one piece. A piece with two or more middles, the maxima of that height above `prominence` (h-maxima
    [1]_), is cut by a watershed of the height, flooded from the middles. With gaps, the distance is that to the next
    edge or gap, and a middle is deep itself, or what a gap cuts off of an edge would be a particle.

    References
    ----------
    .. [1] P. Soille, Morphological Image Analysis, 2nd ed., Springer 2004, section 6.3.
    """
    pieces = components(foreground > threshold, least_px)
    if depth is None:
        return pieces
    pieces = _deep(pieces, depth, least_depth)
    within = pieces > 0 if gap is None else (pieces > 0) & (gap < 0.5)
    # the picture's frame is no edge of a particle
    distance = depth_in(within)
    result = pieces.copy()
    following = int(pieces.max(initial=0)) + 1
    for number, box in enumerate(ndimage.find_objects(pieces), 1):
        piece = pieces[box] == number
        parts = _parts(piece, distance[box], depth[box], prominence, least_depth)
        if parts is not None:
            result[box][piece] = parts[piece] + following
            following += int(parts.max())
    return _deep(relabel(result), depth, least_depth)


def _deep(labels: LabelImage, depth: FloatImage, least: float) -> LabelImage:
    """The particles in which the depth reaches `least` somewhere."""
    deepest = np.zeros(int(labels.max(initial=0)) + 1, np.float32)
    np.maximum.at(deepest, labels, depth)
    deepest[0] = 0
    return relabel(np.where(deepest[labels] >= least, labels, 0))


def _parts(
    piece: NDArray[np.bool_], distance: FloatImage, depth: FloatImage, prominence: float, least_depth: float
) -> LabelImage | None:
    """Numbers of the particles in one piece, 1 to n; None where there is only one."""
    smooth = cv2.GaussianBlur(depth, (0, 0), RIPPLE_PX, borderType=cv2.BORDER_REPLICATE)
    height = SAID * smooth + (1 - SAID) * np.log(distance + FINE_PX)
    height = np.where(piece, height, 0).astype(np.float32)
    if _count(piece & (height >= cv2.dilate(height, EIGHT))) < 2:
        return None
    # its plateaus are the middles, each with all tops that no saddle so deep parts
    filled = reconstruction(height - prominence, height, method="dilation")
    middles, count = ndimage.label(piece & local_maxima(filled, connectivity=2), EIGHT)
    deep = ndimage.maximum(depth, middles, np.arange(1, count + 1)) >= least_depth
    if np.count_nonzero(deep) < 2:
        return None
    middles = np.where(np.concatenate([[False], deep])[middles], middles, 0)
    parts: LabelImage = watershed(-height, middles, mask=piece).astype(np.int32)
    return parts


def _count(mask: NDArray[np.bool_]) -> int:
    return int(ndimage.label(mask, EIGHT)[1])
