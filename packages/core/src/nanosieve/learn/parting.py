"""What hangs together, cut between the middles of its particles."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

from nanosieve.labels import keep, largest_in
from nanosieve.values import FloatImage, LabelImage

# Smooths the depth that a network says, px: its ripples are no middles.
RIPPLE_PX = 1.0
# Half of the height is the depth that the network says, half is that of the piece itself.
SAID = 0.5
# Distances to the edge are not told apart more finely than this, px, or every ripple of an edge would be a middle.
FINE_PX = 3.0
# Steps of a flood between two looks whether it still spreads, and how many looks.
STEPS, MOST_ROUNDS = 8, 40
EIGHT = np.ones((3, 3), np.uint8)
# Cutting takes some 100 bytes a pixel, so a dense film that fills a mosaic is cut in windows of at most this side,
# which see so far beyond it, px: much farther than particles that a network knows are wide.
WINDOW_PX = 4096
BEYOND_PX = 512

Box = tuple[slice, slice]


def parts_of(
    piece: NDArray[np.bool_],
    distance: FloatImage,
    depth: FloatImage,
    prominence: float,
    least_depth: float,
    said: float = SAID,
) -> LabelImage | None:
    """Numbers of the particles in one piece, 1 to n; None where there is only one.

    Parameters
    ----------
    piece : ndarray of shape (H, W), where it is
    distance : ndarray of shape (H, W), float32: to the nearest edge or gap, px
    depth : ndarray of shape (H, W), float32 in [0, 1]: relative depth that the network says
    prominence, least_depth : see `nanosieve.learn.instances.find_instances`
    said : share of the height that is the depth
    """
    height = _height(piece, distance, depth, said)
    if _count(piece & (height >= cv2.dilate(height, EIGHT))) < 2:
        return None
    # its plateaus are the middles, each with all tops that no saddle so deep parts
    tops = np.zeros(piece.shape, bool)
    for core, window, within in _windows(piece.shape):
        filled = flooded(height[window] - np.float32(prominence), height[window])
        tops[core] = (piece[window] & local_maxima(filled, connectivity=2))[within]
    middles, _ = ndimage.label(tops, EIGHT)
    deep = largest_in(middles, depth) >= least_depth
    if np.count_nonzero(deep[1:]) < 2:
        return None
    middles = keep(middles, deep)
    parts = np.zeros(piece.shape, np.int32)
    for core, window, within in _windows(piece.shape):
        parts[core] = watershed(-height[window], middles[window], mask=piece[window])[within]
    return parts


def flooded(seed: FloatImage, height: FloatImage) -> FloatImage:
    """Reconstruction of `height` by dilation from `seed`; eight neighbours.

    Parameters
    ----------
    seed, height : ndarrays of shape (H, W), float32; the seed is nowhere higher

    Notes
    -----
    A few hundred steps over all pixels take a fraction of the time of scikit-image's pass in the order of heights, and
    give the same values. Where something spreads farther, that pass ends it.
    """
    for _ in range(MOST_ROUNDS):
        before = seed
        for _ in range(STEPS):
            seed = np.minimum(cv2.dilate(seed, EIGHT), height)
        if np.array_equal(seed, before):
            return seed
    filled: FloatImage = reconstruction(seed, height, method="dilation", footprint=EIGHT)
    return filled


def _height(piece: NDArray[np.bool_], distance: FloatImage, depth: FloatImage, said: float) -> FloatImage:
    height: FloatImage = np.log(distance + np.float32(FINE_PX))
    height *= np.float32(1 - said)
    height += np.float32(said) * cv2.GaussianBlur(depth, (0, 0), RIPPLE_PX, borderType=cv2.BORDER_REPLICATE)
    height[~piece] = 0
    return height


def _count(mask: NDArray[np.bool_]) -> int:
    return int(ndimage.label(mask, EIGHT)[1])


def _windows(shape: tuple[int, ...]) -> Iterator[tuple[Box, Box, Box]]:
    """Parts of an image, what is seen for each of them, and where the part lies in that."""
    for down in _spans(shape[0]):
        for along in _spans(shape[1]):
            yield (down[0], along[0]), (down[1], along[1]), (down[2], along[2])


def _spans(length: int) -> Iterator[tuple[slice, slice, slice]]:
    for start in range(0, length, WINDOW_PX):
        stop = min(length, start + WINDOW_PX)
        first = max(0, start - BEYOND_PX)
        yield (
            slice(start, stop),
            slice(first, min(length, stop + BEYOND_PX)),
            slice(start - first, stop - first),
        )
