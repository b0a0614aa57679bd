"""Cut-outs: every particle on a square of one size, as in Fig. 3 of Bals and Epple 2023."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.learn.normalising import normalise
from nanosieve.particles import Particles

CutOuts = NDArray[np.uint8]
"""Cut-outs, shape (n, 1 or 2, size, size): grey values and, with a second channel, the particle's mask (0 or 255)."""

# What other particles are in the mask, where they are shown.
NEIGHBOUR = 128

# The enlarged box reaches at least so far beyond the particle.
LEAST_MARGIN_PX = 1


def cut_outs(
    particles: Particles, *, size: int, margin: float, mask: bool, batch: int, neighbours: bool = False
) -> Iterator[CutOuts]:
    """Cut-outs of all particles, in order, `batch` at a time in one array that is used again.

    The bounding box, enlarged by `margin` of its longer side, is scaled to the square with its aspect ratio kept; what
    is beside it, or outside of the picture, is 0. Particles are bright.

    Parameters
    ----------
    size : side of the square, px
    mask : whether there is a second channel
    neighbours : whether it also shows other particles, half as bright
    """
    count = len(particles)
    grey = np.round(255 * normalise(particles.micrograph)).astype(np.uint8)
    labels = particles.segmentation.labels
    out = np.zeros((min(batch, count), 2 if mask else 1, size, size), np.uint8)
    numbers, boxes = particles.labels, particles.boxes
    others = NEIGHBOUR if neighbours else 0
    for start in range(0, count, batch):
        here = out[: min(batch, count - start)]
        here[:] = 0
        for place, index in enumerate(range(start, start + len(here))):
            _cut(here[place], grey, labels, int(numbers[index]), boxes[index], margin, others)
        yield here


def _cut(
    target: CutOuts,
    grey: NDArray[np.uint8],
    labels: NDArray[np.int32],
    number: int,
    box: NDArray[np.int64],
    margin: float,
    others: int,
) -> None:
    size = target.shape[-1]
    y0, x0, y1, x1 = (int(value) for value in box)
    longer = max(y1 - y0, x1 - x0)
    beyond = max(LEAST_MARGIN_PX, round(margin * longer))
    factor = size / (longer + 2 * beyond)
    top, left = max(y0 - beyond, 0), max(x0 - beyond, 0)
    bottom, right = min(y1 + beyond, grey.shape[0]), min(x1 + beyond, grey.shape[1])
    height = min(size, max(1, round((bottom - top) * factor)))
    width = min(size, max(1, round((right - left) * factor)))
    # the particle's box is in the middle, also where the picture ends beside it
    y = _start(size, (y0 + y1) / 2, top, factor, height)
    x = _start(size, (x0 + x1) / 2, left, factor, width)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    place = np.s_[y : y + height, x : x + width]
    target[0][place] = cv2.resize(grey[top:bottom, left:right], (width, height), interpolation=how)
    if target.shape[0] > 1:
        numbers = labels[top:bottom, left:right]
        own = np.where(numbers == number, np.uint8(255), np.uint8(0))
        if others:
            own[(numbers > 0) & (numbers != number)] = others
        target[1][place] = cv2.resize(own, (width, height), interpolation=how)


def _start(size: int, middle: float, first: int, factor: float, length: int) -> int:
    return int(np.clip(round(size / 2 - (middle - first) * factor), 0, size - length))
