"""Medians of samples drawn from a sample, compiled."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def drawn_medians(
    values: NDArray[Any],
    weights: NDArray[Any],
    units: NDArray[Any],
    count: int,
    draws: int,
    turns: int,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Weighted medians of samples of some units, drawn with replacement.

    Parameters
    ----------
    values, weights : (n,) float64, by growing value
    units : (n,) int64 in [0, count): what is drawn, an image or a single particle
    draws : units in a sample
    turns : samples

    Returns
    -------
    (turns,) float64; the median as `nanosieve.statistics.weighted.quantiles` defines it
    """
    found = np.empty(turns)
    times = np.empty(count)
    for turn in range(turns):
        times[:] = 0.0
        for _ in range(draws):
            times[int(rng.random() * count)] += 1.0
        total = 0.0
        for index in range(len(values)):
            total += weights[index] * times[units[index]]
        found[turn] = _median(values, weights, units, times, total)
    return found


@numba.njit(cache=True, nogil=True)
def _median(
    values: NDArray[Any], weights: NDArray[Any], units: NDArray[Any], times: NDArray[Any], total: float
) -> float:
    reached, middle_before, value_before = 0.0, -1.0, 0.0
    for index in range(len(values)):
        weight = weights[index] * times[units[index]]
        if weight == 0.0:
            continue
        middle = reached + 0.5 * weight
        reached += weight
        if middle >= 0.5 * total:
            if middle_before < 0.0:
                return float(values[index])
            part = (0.5 * total - middle_before) / (middle - middle_before)
            return float(value_before + part * (values[index] - value_before))
        middle_before, value_before = middle, values[index]
    return float(value_before)
