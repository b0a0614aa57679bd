"""Mixtures of normal distributions cut off on the left, fitted to weighted values; compiled.

SciPy's fits know neither weights nor truncation. Of sizes themselves one component is the normal distribution, of their
logarithms one is the lognormal and several are its mixtures.
"""

from __future__ import annotations

from math import erfc, exp, inf, isinf, log, pi, sqrt
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# A component of which less than 0.1 % lies above the limit is a guess: its centre is held at the limit less 3 sigma.
FARTHEST = 3.0
# From here on the part below the limit is less than rounding.
NOTHING_BELOW = -38.0
BISECTIONS = 60


@numba.njit(cache=True, nogil=True)
def survival(depth: float) -> float:
    """Share of the standard normal distribution above `depth`."""
    return 0.5 * erfc(depth / sqrt(2.0))


@numba.njit(cache=True, nogil=True)
def _excess(depth: float) -> tuple[float, float]:
    """Mean of Z - depth of a standard normal Z > depth, and mean of its square over the square of the mean."""
    hazard = exp(-0.5 * depth * depth) / sqrt(2.0 * pi) / survival(depth)
    first = hazard - depth
    return first, (1.0 - depth * hazard + depth * depth) / (first * first)


@numba.njit(cache=True, nogil=True)
def truncated_normal(mean: float, variance: float, limit: float) -> tuple[float, float]:
    """Maximum likelihood of mu and sigma from mean and variance of values above `limit` (may be -inf).

    The family is exponential, so the likeliest distribution is the one with this mean and variance; of the excess over
    the limit, mean square over squared mean grows from 1 to 2 with the depth of the cut, which bisection finds.
    """
    # all at the limit: the excess must not be 0
    excess = max(mean - limit, 1e-6 * sqrt(variance))
    if isinf(limit) or variance <= excess * excess / (NOTHING_BELOW * NOTHING_BELOW):
        return mean, sqrt(variance)
    ratio = 1.0 + variance / (excess * excess)
    low, high = NOTHING_BELOW, FARTHEST
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if _excess(middle)[1] < ratio:
            low = middle
        else:
            high = middle
    sigma = excess / _excess(low)[0]
    return limit - low * sigma, sigma


@numba.njit(cache=True, nogil=True)
def expectation_maximisation(
    values: NDArray[Any],
    weights: NDArray[Any],
    limit: float,
    visible: NDArray[Any],
    mu: NDArray[Any],
    sigma: NDArray[Any],
    floor: float,
    rounds: int,
    tolerance: float,
) -> float:
    """Improve a mixture in place until the mean log likelihood gains less than `tolerance`; returns it.

    Parameters
    ----------
    values, weights : (n,) float64
    limit : values below it cannot be seen; -inf for none
    visible : (k,) float64, share of each component among what is seen
    mu, sigma : (k,) float64
    floor : least sigma; without one a component shrinks onto a single value

    References
    ----------
    .. [1] A. P. Dempster, N. M. Laird, D. B. Rubin, J. R. Stat. Soc. B 39, 1 (1977).
    """
    count, components = len(values), len(mu)
    parts = np.empty(components)
    norms = np.empty(components)
    total = weights.sum()
    before = -inf
    likelihood = -inf
    for _ in range(rounds):
        sums = np.zeros((3, components))
        likelihood = 0.0
        for each in range(components):
            seen = 1.0 if isinf(limit) else survival((limit - mu[each]) / sigma[each])
            norms[each] = visible[each] / (sigma[each] * sqrt(2.0 * pi) * max(seen, 1e-300))
        for index in range(count):
            if weights[index] == 0.0:
                continue
            density = 0.0
            for each in range(components):
                depth = (values[index] - mu[each]) / sigma[each]
                parts[each] = norms[each] * exp(-0.5 * depth * depth)
                density += parts[each]
            density = max(density, 1e-300)
            likelihood += weights[index] * log(density)
            for each in range(components):
                share = weights[index] * parts[each] / density
                shift = values[index] - mu[each]
                sums[0, each] += share
                sums[1, each] += share * shift
                sums[2, each] += share * shift * shift
        likelihood /= total
        if likelihood - before < tolerance:
            break
        before = likelihood
        for each in range(components):
            visible[each] = sums[0, each] / total
            if sums[0, each] > 1e-9 * total:
                shift = sums[1, each] / sums[0, each]
                variance = max(sums[2, each] / sums[0, each] - shift * shift, floor * floor)
                mu[each], width = truncated_normal(mu[each] + shift, variance, limit)
                sigma[each] = max(width, floor)
    return likelihood


@numba.njit(cache=True, nogil=True)
def redrawn_distances(
    values: NDArray[Any],
    masses: NDArray[Any],
    edges: NDArray[Any],
    limit: float,
    visible: NDArray[Any],
    mu: NDArray[Any],
    sigma: NDArray[Any],
    floor: float,
    rounds: int,
    tolerance: float,
) -> NDArray[Any]:
    """Distances between samples and the mixtures fitted to each of them, all on the same cells.

    Parameters
    ----------
    values : (c,) float64, a value in each cell
    masses : (s, c) float64, weight of each cell in each of s samples
    edges : (c - 1,) float64, borders of the cells
    visible, mu, sigma : where each fit begins

    Returns
    -------
    (s, 2) float64: Kolmogorov-Smirnov, and Anderson-Darling of one particle
    """
    found = np.empty((len(masses), 2))
    fitted = np.empty(len(edges))
    for sample in range(len(masses)):
        shares, centres, widths = visible.copy(), mu.copy(), sigma.copy()
        expectation_maximisation(
            values, masses[sample], limit, shares, centres, widths, floor, rounds, tolerance
        )
        for index in range(len(edges)):
            above = 0.0
            for each in range(len(mu)):
                seen = 1.0 if isinf(limit) else survival((limit - centres[each]) / widths[each])
                above += (
                    shares[each] * survival((edges[index] - centres[each]) / widths[each]) / max(seen, 1e-300)
                )
            fitted[index] = 1.0 - above
        found[sample, 0], found[sample, 1] = distances(masses[sample], fitted)
    return found


@numba.njit(cache=True, nogil=True)
def distances(masses: NDArray[Any], fitted: NDArray[Any]) -> tuple[float, float]:
    """Kolmogorov-Smirnov and Anderson-Darling distance (of one particle) on the borders between cells."""
    total = masses.sum()
    reached = 0.0
    largest, square, last = 0.0, 0.0, 0.0
    for index in range(len(fitted)):
        reached += masses[index] / total
        expected = min(max(fitted[index], 1e-12), 1.0 - 1e-12)
        apart = reached - expected
        largest = max(largest, abs(apart))
        square += apart * apart / (expected * (1.0 - expected)) * max(expected - last, 0.0)
        last = expected
    return largest, square
