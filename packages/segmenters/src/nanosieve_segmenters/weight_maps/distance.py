"""Narrow gaps between particles count more: w = w0 exp(-(d1 + d2)^2 / (2 sigma^2)) + 1 on the ground.

O. Ronneberger, P. Fischer, T. Brox, MICCAI 2015, eqn 2; J. Bals, M. Epple, RSC Adv. 2023, 13, 2795, eqn 1 with
gamma = 0.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from nanosieve_segmenters.weight_maps.distance_config import DistanceConfig

# Beyond the distance at which a weight differs from 1 by less than this, nothing is computed.
NEGLIGIBLE = 1e-7


def compute(labels: np.ndarray, pixels: np.ndarray, config: DistanceConfig) -> np.ndarray:
    """Weights of shape (H, W), float32: 1 on particles, between 1 and 1 + w0 on the ground.

    Notes
    -----
    d1 and d2 are the distances in px from the centre of a pixel of the ground to that of the nearest pixel of the
    nearest and of the second nearest particle. With fewer than two particles within reach the weight is 1. Exact
    within reach, where it is found by two passes: along columns the two nearest particles of each pixel are kept,
    along rows those of its neighbours are merged until they are farther than what is known. Time and memory, five
    times that of the labels, do not depend on the number of particles.
    """
    if config.w0 <= NEGLIGIBLE:
        return np.ones(labels.shape, np.float32)
    # d1 <= d2, and the weight depends on their sum
    reach = math.ceil(config.sigma * math.sqrt(2 * math.log(config.w0 / NEGLIGIBLE)))
    return _weights(np.ascontiguousarray(labels), config.w0, config.sigma, reach)


# Columns in a block: their states stay in the cache while a scan goes down the image and up again.
BLOCK = 64
NOTHING = 1 << 30


@numba.njit(cache=True, nogil=True, parallel=True)
def _weights(labels: np.ndarray, w0: float, sigma: float, reach: int) -> np.ndarray:
    height, width = labels.shape
    # of each pixel: squared distance and label of the nearest and of the second nearest particle in its column
    near = np.empty((height, width), np.int32)
    near_label = np.empty((height, width), np.int32)
    far = np.empty((height, width), np.int32)
    far_label = np.empty((height, width), np.int32)
    for block in numba.prange((width + BLOCK - 1) // BLOCK):
        first, last = block * BLOCK, min(width, (block + 1) * BLOCK)
        _columns(labels, first, last, reach, near, near_label, far, far_label)
    weights = np.ones((height, width), np.float32)
    for y in numba.prange(height):
        _row(labels[y], near[y], near_label[y], far[y], far_label[y], w0, sigma, reach, weights[y])
    return weights


@numba.njit(cache=True, nogil=True)
def _columns(
    labels: np.ndarray,
    first: int,
    last: int,
    reach: int,
    near: np.ndarray,
    near_label: np.ndarray,
    far: np.ndarray,
    far_label: np.ndarray,
) -> None:
    """Fill the states of the columns from first to last: a scan down, then one up that merges."""
    height = labels.shape[0]
    # per column: row and label of the latest particle met, then of the latest different one
    row = np.empty(last - first, np.int32)
    label = np.empty(last - first, np.int32)
    other_row = np.empty(last - first, np.int32)
    other_label = np.empty(last - first, np.int32)
    for upwards in range(2):
        label[:] = 0
        other_label[:] = 0
        for step in range(height):
            y = height - 1 - step if upwards else step
            for x in range(first, last):
                at = x - first
                here = labels[y, x]
                if here > 0:
                    if here != label[at]:
                        other_row[at], other_label[at] = row[at], label[at]
                        label[at] = here
                    row[at] = y
                d1, l1, d2, l2 = NOTHING, 0, NOTHING, 0
                if upwards:
                    d1, l1, d2, l2 = near[y, x], near_label[y, x], far[y, x], far_label[y, x]
                if label[at] > 0 and abs(y - row[at]) <= reach:
                    d1, l1, d2, l2 = _merged(d1, l1, d2, l2, (y - row[at]) ** 2, label[at])
                if other_label[at] > 0 and abs(y - other_row[at]) <= reach:
                    d1, l1, d2, l2 = _merged(d1, l1, d2, l2, (y - other_row[at]) ** 2, other_label[at])
                near[y, x], near_label[y, x], far[y, x], far_label[y, x] = d1, l1, d2, l2


@numba.njit(cache=True, nogil=True, inline="always")
def _merged(d1: int, l1: int, d2: int, l2: int, distance: int, label: int) -> tuple[int, int, int, int]:
    """The two smallest distances of different labels."""
    if label == l1:
        return min(d1, distance), l1, d2, l2
    if distance < d1:
        return distance, label, d1, l1
    if distance < d2:
        return d1, l1, distance, label
    return d1, l1, d2, l2


@numba.njit(cache=True, nogil=True, inline="always")
def _limit(d1: int, d2: int, reach: int) -> float:
    """Squared distance from which on a particle changes no weight any more."""
    if 4 * d1 > reach * reach:
        # the nearest is not known yet: of two within reach together one is nearer than half of it
        return min(d2, reach * reach + 1)
    return min(d2, (reach - math.sqrt(d1)) ** 2)


@numba.njit(cache=True, nogil=True)
def _row(
    labels: np.ndarray,
    near: np.ndarray,
    near_label: np.ndarray,
    far: np.ndarray,
    far_label: np.ndarray,
    w0: float,
    sigma: float,
    reach: int,
    weights: np.ndarray,
) -> None:
    """Merge the columns beside each pixel of the ground into its two nearest labels, and weigh it."""
    width = labels.shape[0]
    for x in range(width):
        if labels[x] > 0:
            continue
        d1, l1, d2, l2 = near[x], near_label[x], far[x], far_label[x]
        limit = _limit(d1, d2, reach)
        for k in range(1, reach + 1):
            aside = k * k
            if aside >= limit:
                break
            for at in (x - k, x + k):
                if at < 0 or at >= width or near[at] + aside >= limit:
                    continue
                d1, l1, d2, l2 = _merged(d1, l1, d2, l2, near[at] + aside, near_label[at])
                if far[at] + aside < limit:
                    d1, l1, d2, l2 = _merged(d1, l1, d2, l2, far[at] + aside, far_label[at])
                limit = _limit(d1, d2, reach)
        if d2 < NOTHING:
            total = math.sqrt(d1) + math.sqrt(d2)
            weights[x] = 1 + w0 * math.exp(-(total**2) / (2 * sigma**2))
