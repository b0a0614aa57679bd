"""Figures and what each particle contributes to them: the first order of all intervals.

Every figure T is estimated on a scale where its error is nearly a weighted mean of one term a particle, its influence
[1]_: a quantile as the share below it (Woodruff [2]_), everything else as its logarithm. An interval on that scale is
carried back by `Linear.back`, so it never leaves the range of the figure.

References
----------
.. [1] F. R. Hampel, J. Am. Stat. Assoc. 69, 383 (1974).
.. [2] R. S. Woodruff, J. Am. Stat. Assoc. 47, 635 (1952).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.statistics.weighted import (
    effective_count,
    mean,
    moment_mean,
    quantiles,
    standard_deviation,
)

SHARES = {"d10": 0.1, "d50": 0.5, "d90": 0.9}
# Mean sizes in use: ISO 9276-2, and the Sauter (3, 2) and De Brouckere (4, 3) diameters.
MOMENTS = ((1, 0), (2, 0), (3, 0), (2, 1), (3, 1), (3, 2), (4, 3), (3, 3))
# By what a particle counts in a volume distribution: the power of its size.
VOLUME = 3


@dataclass(frozen=True, kw_only=True)
class Linear:
    """A figure, and the influence of each of n particles on it.

    Attributes
    ----------
    name : ``"number_d50"``, ``"mean"``, ``"D[3,2]"``, ...
    value : the figure
    terms : ndarray of shape (n,): weight of each particle times its influence; they sum to about 0
    power : the weights are ``w x^power`` over their sum
    back : displacement on the working scale to the figure, growing; ``back(0)`` is `value`
    """

    name: str
    value: float
    terms: FloatArray
    power: int
    back: Callable[[float], float]


def linearise(values: FloatArray, weights: FloatArray) -> list[Linear]:
    """All figures of sizes, shape (n,), n >= 2."""
    return [
        *_quantiles("number", values, weights, 0),
        *_quantiles("volume", values, weights, VOLUME),
        *_spreads(values, weights),
        *(_moment(values, weights, p, q) for p, q in MOMENTS),
    ]


def linearise_median(values: FloatArray, weights: FloatArray) -> Linear:
    """The median by number alone, n >= 2."""
    return _quantile("number_d50", values, weights / weights.sum(), SHARES["d50"], 0)


def powered(values: FloatArray, weights: FloatArray, power: int) -> FloatArray:
    """``w x^power``, with sum 1."""
    product: FloatArray = weights * (values / values.max()) ** power
    shares: FloatArray = product / product.sum()
    return shares


def _quantile(name: str, values: FloatArray, shares: FloatArray, share: float, power: int) -> Linear:
    (value,) = quantiles(values, shares, np.array([share]))
    influence = share - (values <= value)
    return Linear(
        name=name,
        value=float(value),
        terms=shares * influence,
        power=power,
        back=lambda shift: float(quantiles(values, shares, np.array([share + shift]))[0]),
    )


def _quantiles(name: str, values: FloatArray, weights: FloatArray, power: int) -> Iterator[Linear]:
    shares = powered(values, weights, power)
    three = [_quantile(f"{name}_{key}", values, shares, share, power) for key, share in SHARES.items()]
    yield from three
    d10, d50, d90 = three
    span = (d90.value - d10.value) / d50.value
    terms = np.zeros_like(values)
    if span > 0:
        slope10, slope50, slope90 = (
            _slope(linear, share, shares) for linear, share in zip(three, SHARES.values(), strict=True)
        )
        terms = (slope90 * d90.terms - slope10 * d10.terms) / (d90.value - d10.value)
        terms = terms - slope50 * d50.terms / d50.value
    yield Linear(name=f"{name}_span", value=span, terms=terms, power=power, back=_log_back(span))


def _slope(linear: Linear, share: float, shares: FloatArray) -> float:
    """Change of a quantile with its share, over one standard error of the share to both sides."""
    step = float(np.sqrt(share * (1 - share) / effective_count(shares)))
    step = min(step, share, 1 - share)
    return (linear.back(step) - linear.back(-step)) / (2 * step)


def _spreads(values: FloatArray, weights: FloatArray) -> Iterator[Linear]:
    shares = weights / weights.sum()
    spread = standard_deviation(values, weights)
    yield Linear(
        name="standard_deviation",
        value=spread,
        terms=_spread_terms(values, shares),
        power=0,
        back=_log_back(spread),
    )
    logs = np.log(values)
    centre = mean(logs, weights)
    yield Linear(
        name="geometric_mean",
        value=float(np.exp(centre)),
        terms=shares * (logs - centre),
        power=0,
        back=_log_back(float(np.exp(centre))),
    )
    sigma = standard_deviation(logs, weights)
    yield Linear(
        name="geometric_standard_deviation",
        value=float(np.exp(sigma)),
        terms=_spread_terms(logs, shares),
        power=0,
        back=lambda shift: float(np.exp(sigma * np.exp(shift))),
    )


def _spread_terms(values: FloatArray, shares: FloatArray) -> FloatArray:
    """Of ln(standard deviation)."""
    shifted = values - values.min()
    deviations = (shifted - (shares * shifted).sum()) ** 2
    variance = (shares * deviations).sum()
    return shares * (deviations / variance - 1) / 2 if variance > 0 else np.zeros_like(values)


def _moment(values: FloatArray, weights: FloatArray, p: int, q: int) -> Linear:
    value = moment_mean(values, weights, p, q)
    if p == q:
        terms = powered(values, weights, p) * (np.log(values) - np.log(value))
    else:
        terms = (powered(values, weights, p) - powered(values, weights, q)) / (p - q)
    return Linear(name=f"D[{p},{q}]", value=value, terms=terms, power=q, back=_log_back(value))


def _log_back(value: float) -> Callable[[float], float]:
    return lambda shift: float(value * np.exp(shift))
