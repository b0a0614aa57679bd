"""Figures of sizes of which each counts with a weight; weights of one are the plain figures.

Sizes x > 0 and weights w >= 0 are ndarrays of shape (n,), n >= 1; the scale of the weights does not matter.
"""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray


def effective_count(weights: FloatArray) -> float:
    """Particles of equal weight whose mean would be as exact: (sum w)^2 / sum w^2.

    References
    ----------
    .. [1] L. Kish, Survey Sampling (1965).
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def mean(values: FloatArray, weights: FloatArray) -> float:
    """Arithmetic mean."""
    return float(np.average(values, weights=weights))


def standard_deviation(values: FloatArray, weights: FloatArray) -> float:
    """Of a sample: n / (n - 1) with the effective count n, which must be above 1."""
    count = effective_count(weights)
    # from the least on, so that values that are all alike have none at all
    shifted = values - values.min()
    spread = np.average((shifted - mean(shifted, weights)) ** 2, weights=weights)
    return float(np.sqrt(spread * count / (count - 1)))


def quantiles(values: FloatArray, weights: FloatArray, shares: FloatArray) -> FloatArray:
    """Sizes below which the shares lie.

    Notes
    -----
    Each of the ordered sizes stands in the middle of its own weight, with straight lines between them: with equal
    weights type 5 of Hyndman and Fan [1]_, after Hazen.

    References
    ----------
    .. [1] R. J. Hyndman, Y. Fan, Am. Stat. 50, 361 (1996).
    """
    order = np.argsort(values, kind="stable")
    ordered = weights[order]
    middles = (np.cumsum(ordered) - ordered / 2) / ordered.sum()
    return np.interp(shares, middles, values[order])


def moment_mean(values: FloatArray, weights: FloatArray, p: int, q: int) -> float:
    """Mean size D[p,q] of ISO 9276-2: (sum w x^p / sum w x^q)^(1 / (p - q)), p = q as the limit of it."""
    # of ratios to the largest: x^4 of small units must not overflow
    largest = float(values.max())
    ratios = values / largest
    if p == q:
        return largest * float(np.exp(np.average(np.log(ratios), weights=weights * ratios**p)))
    moments = (weights * ratios**p).sum() / (weights * ratios**q).sum()
    return largest * float(moments ** (1 / (p - q)))


def lognormal_moment_mean(mu: float, sigma: float, p: int, q: int) -> float:
    """D[p,q] of a lognormal distribution by number: exp(mu + (p + q) sigma^2 / 2), ISO 9276-5."""
    return float(np.exp(mu + (p + q) * sigma**2 / 2))
