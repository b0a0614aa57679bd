"""Distributions fitted by weighted maximum likelihood, with what is too small to be seen taken into account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.statistics.families import Distribution, NormalMixture, Weibull, cut
from nanosieve.statistics.mixtures import fit_mixture, group_values
from nanosieve.statistics.normal_kernels import truncated_normal
from nanosieve.statistics.results import FitName
from nanosieve.statistics.weibull_kernels import fit_weibull
from nanosieve.statistics.weighted import effective_count, mean

# With fewer particles for each parameter a fit tells of chance alone.
PARTICLES_PER_PARAMETER = 5
COMPONENTS: Mapping[FitName, int] = {"lognormal_2": 2, "lognormal_3": 3}
# Steps of differences, of the natural scale of each parameter: rounding and curvature both stay below 1e-5 of it.
STEP = 1e-3


@dataclass(frozen=True, kw_only=True)
class Visible:
    """Particles that are fitted.

    Attributes
    ----------
    values : ndarray of shape (n,), float64, all >= `limit`
    weights : ndarray of shape (n,), float64, summing up to the effective number of particles, so that unequal weights
        feign no knowledge
    limit : size below which nothing can be seen; 0 without such a limit
    """

    values: FloatArray
    weights: FloatArray
    limit: float

    @property
    def count(self) -> float:
        """Effective number of particles."""
        return float(self.weights.sum())


def visible(values: FloatArray, weights: FloatArray, limit: float) -> Visible:
    """Particles not smaller than the limit."""
    seen = values >= limit
    kept = weights[seen]
    scaled = kept * (effective_count(kept) / kept.sum()) if kept.size else kept
    return Visible(values=values[seen], weights=scaled, limit=limit)


def condensed(sample: Visible) -> Visible:
    """Neighbours by size joined, for what needs the likelihood many times: what that loses is far below its error."""
    order = np.argsort(sample.values)
    values, weights = group_values(sample.values[order], sample.weights[order])
    return Visible(values=values, weights=weights, limit=sample.limit)


def fit_families(sample: Visible) -> dict[FitName, Distribution]:
    """The likeliest distribution of each family that the number of particles allows; none where all sizes are alike."""
    if not sample.values.size or np.ptp(sample.values) == 0:
        return {}
    makers: dict[FitName, Callable[[Visible], Distribution | None]] = {
        "lognormal": lambda seen: _normal(seen, logarithmic=True),
        "normal": lambda seen: _normal(seen, logarithmic=False),
        "weibull": _weibull,
        **{name: _mixture_maker(count) for name, count in COMPONENTS.items()},
    }
    fitted: dict[FitName, Distribution] = {}
    for name, make in makers.items():
        if sample.count >= PARTICLES_PER_PARAMETER * parameter_count(name):
            distribution = make(sample)
            if distribution is not None:
                fitted[name] = distribution
    return fitted


def parameter_count(name: FitName) -> int:
    """Free parameters."""
    return 3 * COMPONENTS[name] - 1 if name in COMPONENTS else 2


def log_likelihood(distribution: Distribution, sample: Visible) -> float:
    """Of the effective number of particles, given that each is at least as large as the limit."""
    _, seen = cut(distribution, sample.limit)
    if seen <= 0:
        return -np.inf
    return float(
        (sample.weights * distribution.log_density(sample.values)).sum() - sample.count * np.log(seen)
    )


def parameters_of(name: FitName, distribution: Distribution) -> dict[str, float]:
    """Parameters by the names that `nanosieve.statistics.results.Fit` gives them."""
    if isinstance(distribution, Weibull):
        return {"shape": distribution.shape, "scale": distribution.scale}
    assert isinstance(distribution, NormalMixture)
    if name in COMPONENTS:
        return {
            f"{key}_{number}": float(value)
            for number, row in enumerate(
                zip(distribution.shares, distribution.mu, distribution.sigma, strict=True), 1
            )
            for key, value in zip(("share", "mu", "sigma"), row, strict=True)
        }
    keys = ("mu", "sigma") if name == "lognormal" else ("mean", "sd")
    return dict(zip(keys, (float(distribution.mu[0]), float(distribution.sigma[0])), strict=True))


def standard_errors(distribution: Distribution, sample: Visible) -> FloatArray | None:
    """Standard errors in the order of `parameters_of`, from the observed information.

    Returns
    -------
    ndarray, or None where the likelihood has no proper maximum

    Notes
    -----
    Inverse of minus the matrix of second derivatives of the log likelihood, by central differences.
    """
    centre, steps, make = _coordinates(distribution)
    information = -_second_derivatives(lambda each: log_likelihood(make(each), sample), centre, steps)
    if not np.isfinite(information).all() or (np.linalg.eigvalsh(information) <= 0).any():
        return None
    covariance = np.linalg.inv(information)
    if isinstance(distribution, NormalMixture) and len(distribution.mu) > 1:
        # the last share is one less the others
        free = len(distribution.mu) - 1
        jacobian = np.zeros((len(centre) + 1, len(centre)))
        jacobian[:free, :free] = np.eye(free)
        jacobian[free, :free] = -1
        jacobian[free + 1 :, free:] = np.eye(len(centre) - free)
        covariance = jacobian @ covariance @ jacobian.T
        # (shares, mu, sigma) -> component by component
        order = np.arange(3 * (free + 1)).reshape(3, free + 1).T.ravel()
        covariance = covariance[np.ix_(order, order)]
    errors: FloatArray = np.sqrt(np.diag(covariance))
    return errors


def _normal(sample: Visible, *, logarithmic: bool) -> NormalMixture:
    values = np.log(sample.values) if logarithmic else sample.values
    centre = mean(values, sample.weights)
    variance = mean((values - centre) ** 2, sample.weights)
    mu, sigma = truncated_normal(centre, variance, limit_of(sample, logarithmic=logarithmic))
    return NormalMixture(
        shares=np.ones(1), mu=np.array([mu]), sigma=np.array([sigma]), logarithmic=logarithmic
    )


def _weibull(sample: Visible) -> Weibull:
    shape, scale = fit_weibull(sample.values, sample.weights, sample.limit)
    return Weibull(shape=float(shape), scale=float(scale))


def _mixture_maker(components: int) -> Callable[[Visible], Distribution | None]:
    return lambda sample: fit_mixture(
        np.log(sample.values), sample.weights, limit_of(sample, logarithmic=True), components
    )


def limit_of(sample: Visible, *, logarithmic: bool) -> float:
    """The limit on the scale of a normal mixture; -inf without one."""
    if sample.limit <= 0:
        return -np.inf
    return float(np.log(sample.limit)) if logarithmic else sample.limit


def _coordinates(
    distribution: Distribution,
) -> tuple[FloatArray, FloatArray, Callable[[FloatArray], Distribution]]:
    """Free parameters, steps for differences, and the way back to a distribution."""
    if isinstance(distribution, Weibull):
        centre = np.array([distribution.shape, distribution.scale])
        steps = STEP * np.array([distribution.shape, distribution.scale / distribution.shape])
        return centre, steps, lambda each: Weibull(shape=float(each[0]), scale=float(each[1]))
    assert isinstance(distribution, NormalMixture)
    shares, sigma = distribution.shares, distribution.sigma
    free = len(shares) - 1

    def make(each: FloatArray) -> NormalMixture:
        first = each[:free]
        mu, widths = np.split(each[free:], 2)
        return NormalMixture(
            shares=np.append(first, 1 - first.sum()),
            mu=mu,
            sigma=widths,
            logarithmic=distribution.logarithmic,
        )

    centre = np.concatenate([shares[:free], distribution.mu, sigma])
    steps = STEP * np.concatenate([np.minimum(shares[:free], shares[free]), sigma, sigma])
    return centre, steps, make


def _second_derivatives(
    function: Callable[[FloatArray], float], centre: FloatArray, steps: FloatArray
) -> FloatArray:
    size = len(centre)
    matrix = np.empty((size, size))
    shifts = np.diag(steps)
    middle = function(centre)
    for row, column in _upper_triangle(size):
        one, other = shifts[row], shifts[column]
        if row == column:
            change = function(centre + one) - 2 * middle + function(centre - one)
            matrix[row, row] = change / steps[row] ** 2
        else:
            change = (
                function(centre + one + other)
                - function(centre + one - other)
                - function(centre - one + other)
                + function(centre - one - other)
            )
            matrix[row, column] = matrix[column, row] = change / (4 * steps[row] * steps[column])
    return matrix


def _upper_triangle(size: int) -> Iterable[tuple[int, int]]:
    return zip(*np.triu_indices(size), strict=True)
