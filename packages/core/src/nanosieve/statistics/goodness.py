"""How well a fit describes the particles: distances, and how often chance alone makes such a one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nanosieve.outline import FloatArray
from nanosieve.statistics import normal_kernels, weibull_kernels
from nanosieve.statistics.families import Distribution, NormalMixture, Weibull, cut
from nanosieve.statistics.likelihood import Visible, limit_of
from nanosieve.statistics.mixtures import floor_of, visible_shares
from nanosieve.statistics.results import Goodness

# Equally likely cells in which samples are drawn anew and fitted: a distance is known to 1/500 or better.
CELLS = 500
# Steps of each fit to a drawn sample, which begins with what the sample was drawn from.
ROUNDS, TOLERANCE = 200, 1e-7
# Of neighbours by size: edge weights grow with the size, and a mean over few particles follows them closely.
NEIGHBOURS = 50
# Shares nearer to 0 or 1 are beyond what a double can tell.
CLOSEST = 1e-15


def judge(
    distribution: Distribution, sample: Visible, rounds: int, rng: np.random.Generator
) -> tuple[Goodness, Goodness]:
    """Kolmogorov-Smirnov and Anderson-Darling distance, with p values by parametric bootstrap.

    Parameters
    ----------
    rounds : samples drawn; 0 for no p values

    Notes
    -----
    Every sample is drawn from the fit, the larger particles as much more seldom as their edge weights say, and is
    fitted anew [1]_; both it and the particles are counted in 500 cells for the comparison.

    References
    ----------
    .. [1] W. Stute, W. Gonzales Manteiga, M. Presedo Quindimil, Metrika 40, 243 (1993).
    """
    shares = _visible_shares(distribution, sample)
    ks, ad = kolmogorov_smirnov(shares, sample.weights), anderson_darling(shares, sample.weights)
    if not rounds:
        return Goodness(statistic=ks, p=None), Goodness(statistic=ad, p=None)
    borders = np.arange(1, CELLS) / CELLS
    cells = np.minimum((shares * CELLS).astype(np.int64), CELLS - 1)
    found = np.array(normal_kernels.distances(np.bincount(cells, sample.weights, CELLS), borders))
    drawn = _redrawn(distribution, sample, rounds, rng)
    ks_p, ad_p = (float(p) for p in (1 + (drawn >= found).sum(axis=0)) / (1 + rounds))
    return Goodness(statistic=ks, p=ks_p), Goodness(statistic=ad, p=ad_p)


def kolmogorov_smirnov(shares: FloatArray, weights: FloatArray) -> float:
    """Largest distance of the weighted cumulative distribution from the uniform one.

    Parameters
    ----------
    shares : ndarray of shape (n,): cumulative distribution of a fit at each particle
    """
    order = np.argsort(shares)
    reached = np.cumsum(weights[order]) / weights.sum()
    before = np.concatenate([[0.0], reached[:-1]])
    return float(max((reached - shares[order]).max(), (shares[order] - before).max()))


def anderson_darling(shares: FloatArray, weights: FloatArray) -> float:
    """A^2 of the weighted cumulative distribution against the uniform one; `weights` sum up to the count.

    References
    ----------
    .. [1] T. W. Anderson, D. A. Darling, Ann. Math. Stat. 23, 193 (1952): n times the integral of
       (F_n - u)^2 / (u (1 - u)), which is elementary between two particles.
    """
    order = np.argsort(shares)
    uniform = np.clip(shares[order], CLOSEST, 1 - CLOSEST)
    reached = np.cumsum(weights[order]) / weights.sum()
    # the integral over u where F_n is c: c^2 ln u - (1 - c)^2 ln(1 - u) - u
    first = -np.log1p(-uniform[0]) - uniform[0]
    steps = reached[:-1]
    upper, lower = uniform[1:], uniform[:-1]
    between = (
        steps**2 * np.log(upper / lower)
        - (1 - steps) ** 2 * (np.log1p(-upper) - np.log1p(-lower))
        - (upper - lower)
    )
    last = -np.log(uniform[-1]) - (1 - uniform[-1])
    return float(weights.sum() * (first + between.sum() + last))


def _visible_shares(distribution: Distribution, sample: Visible) -> FloatArray:
    below, seen = cut(distribution, sample.limit)
    return np.clip((distribution.cumulative(sample.values) - below) / seen, 0.0, 1.0)


def _redrawn(
    distribution: Distribution, sample: Visible, rounds: int, rng: np.random.Generator
) -> FloatArray:
    below, seen = cut(distribution, sample.limit)
    edges, middles = (
        distribution.quantile(below + seen * positions)
        for positions in (np.arange(1, CELLS) / CELLS, (np.arange(CELLS) + 0.5) / CELLS)
    )
    weights = _weights_at(middles, sample)
    masses = _draw(weights, len(sample.values), sample.count, rounds, rng)
    drawn: FloatArray
    if isinstance(distribution, Weibull):
        drawn = weibull_kernels.redrawn_distances(middles, masses, edges, sample.limit)
    else:
        assert isinstance(distribution, NormalMixture)
        logarithmic = distribution.logarithmic
        limit = limit_of(sample, logarithmic=logarithmic)
        values = np.log(middles) if logarithmic else middles
        visible = distribution.shares * visible_shares(distribution.mu, distribution.sigma, limit)
        drawn = normal_kernels.redrawn_distances(
            values,
            masses,
            np.log(edges) if logarithmic else edges,
            limit,
            visible / visible.sum(),
            distribution.mu,
            distribution.sigma,
            # a drawn sample may lie in one cell
            floor_of(values, np.ones(CELLS)),
            ROUNDS,
            TOLERANCE,
        )
    return drawn


def _draw(
    weights: FloatArray, particles: int, total: float, rounds: int, rng: np.random.Generator
) -> FloatArray:
    """Mass of each cell in samples of a number of particles, shape (rounds, CELLS)."""
    seldom = 1 / weights
    counts: NDArray[np.int64] = rng.multinomial(particles, seldom / seldom.sum(), size=rounds)
    masses = counts * weights
    scaled: FloatArray = masses * (total / masses.sum(axis=1, keepdims=True))
    return scaled


def _weights_at(sizes: FloatArray, sample: Visible) -> FloatArray:
    """Edge weight of particles of any size, from those of neighbours by size."""
    order = np.argsort(sample.values)
    starts = np.arange(0, len(order), max(len(order) // NEIGHBOURS, 1))
    counts = np.diff(np.append(starts, len(order)))
    values = np.add.reduceat(sample.values[order], starts) / counts
    weights = np.add.reduceat(sample.weights[order], starts) / counts
    return np.interp(sizes, values, weights)
