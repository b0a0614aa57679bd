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
    along rows those of its neighbours are merged until they are farther than what is known. Time and memory do not
    depend on the number of particles.
    """
    if config.w0 <= NEGLIGIBLE:
        return np.ones(labels.shape, np.float32)
    # d1 <= d2, and the weight depends on their sum
    reach = math.ceil(config.sigma * math.sqrt(2 * math.log(config.w0 / NEGLIGIBLE)))
    return _weights(np.ascontiguousarray(labels), config.w0, config.sigma, reach)


@numba.njit(cache=True, nogil=True, parallel=True)
def _weights(labels: np.ndarray, w0: float, sigma: float, reach: int) -> np.ndarray:
    height, width = labels.shape
    weights = np.ones((height, width), np.float32)
    bands = (height + BAND_ROWS - 1) // BAND_ROWS
    for band in numba.prange(bands):
        first, last = band * BAND_ROWS, min(height, (band + 1) * BAND_ROWS)
        near, far = _columns(labels, first, last, reach)
        _rows(labels, first, last, reach, near, far, w0, sigma, weights)
    return weights


# The states of a band of so many rows stay in the cache.
BAND_ROWS = 32
NOTHING = 1 << 30


@numba.njit(cache=True, nogil=True)
def _columns(labels: np.ndarray, first: int, last: int, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Nearest and second nearest different label of each pixel in its own column: (rows, W, 2) of distance, label."""
    width = labels.shape[1]
    near = np.zeros((last - first, width, 2), np.int32)
    far = np.zeros((last - first, width, 2), np.int32)
    near[:, :, 0] = NOTHING
    far[:, :, 0] = NOTHING
    last_seen = np.zeros((width, 4), np.int32)
    for downwards in range(2):
        # per column: row and label of the latest particle met, then of the latest different one
        last_seen[:, 0::2] = -NOTHING
        last_seen[:, 1::2] = 0
        start = max(0, first - reach) if downwards == 0 else min(labels.shape[0], last + reach) - 1
        stop = last if downwards == 0 else first - 1
        step = 1 if downwards == 0 else -1
        for y in range(start, stop, step):
            for x in range(width):
                label = labels[y, x]
                seen = last_seen[x]
                if label > 0:
                    if label != seen[1]:
                        seen[2], seen[3] = seen[0], seen[1]
                        seen[1] = label
                    seen[0] = y
                if first <= y < last:
                    for k in range(0, 4, 2):
                        if seen[k + 1] > 0:
                            _merge(near[y - first, x], far[y - first, x], abs(y - seen[k]), seen[k + 1])
    return near, far


@numba.njit(cache=True, nogil=True)
def _merge(near: np.ndarray, far: np.ndarray, distance: int, label: int) -> None:
    """Keep the two smallest distances of different labels."""
    if label == near[1]:
        near[0] = min(near[0], distance)
    elif distance < near[0]:
        far[0], far[1] = near[0], near[1]
        near[0], near[1] = distance, label
    elif label == far[1]:
        far[0] = min(far[0], distance)
    elif distance < far[0]:
        far[0], far[1] = distance, label


@numba.njit(cache=True, nogil=True)
def _rows(
    labels: np.ndarray,
    first: int,
    last: int,
    reach: int,
    near: np.ndarray,
    far: np.ndarray,
    w0: float,
    sigma: float,
    weights: np.ndarray,
) -> None:
    """Merge the columns beside each pixel of the ground into its two nearest labels, and weigh it."""
    width = labels.shape[1]
    best = np.zeros(2, np.int32)
    second = np.zeros(2, np.int32)
    for y in range(first, last):
        row_near, row_far = near[y - first], far[y - first]
        for x in range(width):
            if labels[y, x] > 0:
                continue
            best[0], best[1], second[0], second[1] = NOTHING, 0, NOTHING, 0
            for k in range(reach + 1):
                if k * k >= second[0]:
                    break
                for side in range(2 if k else 1):
                    at = x + k if side == 0 else x - k
                    if 0 <= at < width:
                        if row_near[at, 1] > 0 and row_near[at, 0] <= reach:
                            _merge(best, second, row_near[at, 0] ** 2 + k * k, row_near[at, 1])
                        if row_far[at, 1] > 0 and row_far[at, 0] <= reach:
                            _merge(best, second, row_far[at, 0] ** 2 + k * k, row_far[at, 1])
            if second[1] > 0:
                total = math.sqrt(best[0]) + math.sqrt(second[0])
                weights[y, x] = 1 + w0 * math.exp(-(total**2) / (2 * sigma**2))
