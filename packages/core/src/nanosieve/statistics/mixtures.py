"""Mixtures of lognormal distributions: from several starts, the likeliest is kept."""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.statistics.families import NormalMixture
from nanosieve.statistics.normal_kernels import expectation_maximisation, survival

# Where the ordered values are parted for a start, as shares.
STARTS = {2: ((0.5,), (0.15,), (0.85,)), 3: ((1 / 3, 2 / 3), (0.1, 0.55), (0.45, 0.9), (0.1, 0.9))}
# Values are grouped before the search: a group is narrow beside any component.
GROUPS = 2000
# A component below this share of the overall width has shrunk onto chance.
FLOOR = 0.05
# Fewer particles are no component.
FEWEST = 10
TRIAL_ROUNDS, ROUNDS = 60, 2000
TOLERANCE = 1e-9


def fit_mixture(
    values: FloatArray, weights: FloatArray, limit: float, components: int
) -> NormalMixture | None:
    """The likeliest mixture of normal distributions of ln x, by growing mu.

    Parameters
    ----------
    values : ndarray of shape (n,), ln x
    weights : ndarray of shape (n,), summing up to the number of particles
    limit : ln of the size below which nothing can be seen, or -inf

    Returns
    -------
    NormalMixture, or None where a component has fewer than ten particles
    """
    order = np.argsort(values)
    grouped, masses = group_values(values[order], weights[order])
    floor = floor_of(values, weights)
    best, best_likelihood = None, -np.inf
    for parting in STARTS[components]:
        start = _start(grouped, masses, parting, floor)
        likelihood = expectation_maximisation(grouped, masses, limit, *start, floor, TRIAL_ROUNDS, TOLERANCE)
        if likelihood > best_likelihood:
            best, best_likelihood = start, likelihood
    if best is None:
        return None
    expectation_maximisation(grouped, masses, limit, *best, floor, ROUNDS, TOLERANCE)
    seen, mu, sigma = best
    if (seen * weights.sum()).min() < FEWEST:
        return None
    shares = seen / visible_shares(mu, sigma, limit)
    by_mu = np.argsort(mu)
    return NormalMixture(
        shares=(shares / shares.sum())[by_mu], mu=mu[by_mu], sigma=sigma[by_mu], logarithmic=True
    )


def floor_of(values: FloatArray, weights: FloatArray) -> float:
    """Least width of a component."""
    centre = np.average(values, weights=weights)
    return FLOOR * float(np.sqrt(np.average((values - centre) ** 2, weights=weights)))


def visible_shares(mu: FloatArray, sigma: FloatArray, limit: float) -> FloatArray:
    """Share of each component that lies above the limit."""
    if np.isinf(limit):
        return np.ones_like(mu)
    return np.array([survival((limit - centre) / width) for centre, width in zip(mu, sigma, strict=True)])


def group_values(ordered: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Neighbours joined to their mean, so that at most `GROUPS` values stand for all."""
    if len(ordered) <= GROUPS:
        return ordered, weights
    starts = np.linspace(0, len(ordered), GROUPS, endpoint=False).astype(np.int64)
    masses = np.add.reduceat(weights, starts)
    return np.add.reduceat(weights * ordered, starts) / masses, masses


def _start(
    values: FloatArray, weights: FloatArray, parting: tuple[float, ...], floor: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Shares, means and widths of the parts between some shares of the ordered values."""
    reached = np.cumsum(weights) / weights.sum()
    part = np.searchsorted(np.array(parting), reached - weights / weights.sum() / 2)
    count = len(parting) + 1
    # ties can leave a part without values
    shares = np.maximum(np.bincount(part, weights, count) / weights.sum(), 1 / len(values))
    sums = np.maximum(np.bincount(part, weights, count), np.finfo(float).tiny)
    mu = np.bincount(part, weights * values, count) / sums
    variance = np.bincount(part, weights * (values - mu[part]) ** 2, count) / sums
    return shares, mu, np.sqrt(np.maximum(variance, floor**2))
