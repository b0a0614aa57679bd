"""Weibull distributions cut off on the left, fitted to weighted sizes; compiled."""

from __future__ import annotations

from math import exp, inf, isinf, log, pi, sqrt
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from nanosieve.statistics.normal_kernels import distances

# Shapes between which the likeliest is looked for: a ratio of sizes of 10^9, and one of 1.01.
SHAPES = (0.05, 500.0)
STEPS = 60
CLOSE = 1e-10


@numba.njit(cache=True, nogil=True)
def fit_weibull(sizes: NDArray[Any], weights: NDArray[Any], limit: float) -> tuple[float, float]:
    """Maximum likelihood of shape and scale of sizes above `limit` >= 0.

    For a given shape k the likeliest scale follows, ``scale^k = mean of x^k - limit^k``; the score of k that is left is
    brought to 0 by Newton's steps, or halvings of the bracket where a step leaves it.
    """
    largest = sizes.max()
    total = weights.sum()
    logs = np.log(sizes / largest)
    log_limit = log(limit / largest) if limit > 0.0 else -inf
    mean_log = (weights * logs).sum() / total
    low, high = log(SHAPES[0]), log(SHAPES[1])
    # ln x follows an extreme value distribution, whose standard deviation is pi / (sqrt(6) k)
    spread = sqrt((weights * (logs - mean_log) ** 2).sum() / total)
    position = min(max(log(pi / sqrt(6.0) / max(spread, 1e-6)), low), high)
    for _ in range(STEPS):
        shape = exp(position)
        power, first, second = _powers(logs, weights, log_limit, shape)
        score = 1.0 / shape + mean_log - first / power
        slope = -1.0 / shape**2 - second / power + (first / power) ** 2
        if score > 0:
            low = position
        else:
            high = position
        step = -score / (slope * shape) if slope < 0 else 0.0
        following = position + step
        if step == 0.0 or not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - position) < CLOSE:
            break
        position = following
    shape = exp(position)
    power = _powers(logs, weights, log_limit, shape)[0]
    return shape, largest * power ** (1.0 / shape)


@numba.njit(cache=True, nogil=True)
def _powers(
    logs: NDArray[Any], weights: NDArray[Any], log_limit: float, shape: float
) -> tuple[float, float, float]:
    """Means of z^k, z^k ln z, z^k ln^2 z less those of the limit, from ln z."""
    power, first, second, total = 0.0, 0.0, 0.0, 0.0
    for index in range(len(logs)):
        if weights[index] == 0.0:
            continue
        logarithm = logs[index]
        part = weights[index] * exp(shape * logarithm)
        total += weights[index]
        power += part
        first += part * logarithm
        second += part * logarithm * logarithm
    power, first, second = power / total, first / total, second / total
    if not isinf(log_limit):
        part = exp(shape * log_limit)
        power -= part
        first -= part * log_limit
        second -= part * log_limit * log_limit
    return max(power, 1e-300), first, second


@numba.njit(cache=True, nogil=True)
def redrawn_distances(
    sizes: NDArray[Any], masses: NDArray[Any], edges: NDArray[Any], limit: float
) -> NDArray[Any]:
    """Distances between samples and the distributions fitted to each, as `normal_kernels.redrawn_distances`."""
    found = np.empty((len(masses), 2))
    for sample in range(len(masses)):
        shape, scale = fit_weibull(sizes, masses[sample], limit)
        below = (limit / scale) ** shape
        fitted = 1.0 - np.exp(below - (edges / scale) ** shape)
        found[sample, 0], found[sample, 1] = distances(masses[sample], fitted)
    return found
