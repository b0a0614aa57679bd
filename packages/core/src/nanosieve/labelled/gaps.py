"""Touching particles get a gap, so that a network for particle and ground can learn to part them."""

from __future__ import annotations

import numpy as np

from nanosieve.values import LabelImage

# Each pair of neighbours once: first right and below, then the two diagonals below.
SIDES = ((0, 1), (1, 0))
DIAGONALS = ((1, 1), (1, -1))


def open_gaps(labels: LabelImage) -> LabelImage:
    """Labels with a pixel of ground between different particles, diagonal neighbours included.

    Parameters
    ----------
    labels : ndarray of shape (H, W), int32, 0 background

    Notes
    -----
    Of two neighbouring pixels with different labels the left or upper one becomes ground. A particle that consists
    of such pixels only vanishes; numbers stay as they are.
    """
    # where sides are parted, diagonals mostly are too: looked at together they would make the gap two pixels wide
    return _parted(_parted(labels, SIDES), DIAGONALS)


def _parted(labels: LabelImage, neighbours: tuple[tuple[int, int], ...]) -> LabelImage:
    height, width = labels.shape
    gap = np.zeros(labels.shape, bool)
    for down, right in neighbours:
        here = slice(0, height - down), slice(max(0, -right), width - max(0, right))
        there = slice(down, height), slice(max(0, right), width - max(0, -right))
        gap[here] |= (labels[here] != labels[there]) & (labels[here] > 0) & (labels[there] > 0)
    parted: LabelImage = np.where(gap, np.int32(0), labels)
    return parted
