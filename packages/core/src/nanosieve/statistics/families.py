"""The distributions that are fitted: density, cumulative distribution and quantile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from nanosieve.outline import FloatArray
from nanosieve.statistics.results import Fit

# Sizes between which a mixture's quantile is looked up, and how finely; errors are below 1e-6 of a size.
TAIL = 1e-12
STEPS = 20_000


class Distribution(Protocol):
    """A distribution of sizes, as if nothing were too small to be seen."""

    def log_density(self, sizes: FloatArray) -> FloatArray:
        """Natural logarithm of the density, per unit of size."""

    def cumulative(self, sizes: FloatArray) -> FloatArray:
        """Share of smaller particles."""

    def survival(self, sizes: FloatArray) -> FloatArray:
        """Share of larger particles."""

    def quantile(self, shares: FloatArray) -> FloatArray:
        """Sizes below which the shares lie."""


@dataclass(frozen=True, kw_only=True)
class NormalMixture:
    """Normal distributions of sizes, or of their logarithms, mixed.

    Attributes
    ----------
    shares, mu, sigma : ndarrays of shape (k,)
    logarithmic : whether ln x is normal
    """

    shares: FloatArray
    mu: FloatArray
    sigma: FloatArray
    logarithmic: bool

    def log_density(self, sizes: FloatArray) -> FloatArray:
        depths = self._depths(sizes)
        parts = np.log(self.shares / self.sigma) - depths**2 / 2 - np.log(2 * np.pi) / 2
        logs: FloatArray = special.logsumexp(parts, axis=-1)
        return logs - np.log(sizes) if self.logarithmic else logs

    def cumulative(self, sizes: FloatArray) -> FloatArray:
        mixed: FloatArray = special.ndtr(self._depths(sizes)) @ self.shares
        return mixed

    def survival(self, sizes: FloatArray) -> FloatArray:
        mixed: FloatArray = special.ndtr(-self._depths(sizes)) @ self.shares
        return mixed

    def quantile(self, shares: FloatArray) -> FloatArray:
        if len(self.mu) == 1:
            values = self.mu[0] + self.sigma[0] * special.ndtri(shares)
        else:
            reach = special.ndtri(TAIL)
            grid = np.linspace(
                (self.mu + reach * self.sigma).min(), (self.mu - reach * self.sigma).max(), STEPS
            )
            mixed = special.ndtr((grid[:, None] - self.mu) / self.sigma) @ self.shares
            values = np.interp(shares, mixed, grid)
        return np.exp(values) if self.logarithmic else np.asarray(values, np.float64)

    def _depths(self, sizes: FloatArray) -> FloatArray:
        # ln 0 is below everything, as it should be
        with np.errstate(divide="ignore"):
            values = np.log(sizes) if self.logarithmic else np.asarray(sizes)
        depths: FloatArray = (values[..., None] - self.mu) / self.sigma
        return depths


@dataclass(frozen=True, kw_only=True)
class Weibull:
    """Weibull's distribution: ``1 - exp(-(x / scale)^shape)``."""

    shape: float
    scale: float

    def log_density(self, sizes: FloatArray) -> FloatArray:
        ratios = sizes / self.scale
        logs: FloatArray = np.log(self.shape / self.scale) + special.xlogy(self.shape - 1, ratios)
        return logs - ratios**self.shape

    def cumulative(self, sizes: FloatArray) -> FloatArray:
        shares: FloatArray = -special.expm1(-((sizes / self.scale) ** self.shape))
        return shares

    def survival(self, sizes: FloatArray) -> FloatArray:
        shares: FloatArray = np.exp(-((sizes / self.scale) ** self.shape))
        return shares

    def quantile(self, shares: FloatArray) -> FloatArray:
        sizes: FloatArray = self.scale * (-special.log1p(-shares)) ** (1 / self.shape)
        return sizes


def distribution_of(fit: Fit) -> Distribution:
    """The whole distribution of a fit, also of what was too small to be seen."""
    values = {name: parameter.value for name, parameter in fit.parameters.items()}
    if fit.name == "weibull":
        return Weibull(shape=values["shape"], scale=values["scale"])
    if fit.name == "normal":
        return _single(values["mean"], values["sd"], logarithmic=False)
    if fit.name == "lognormal":
        return _single(values["mu"], values["sigma"], logarithmic=True)
    components = range(1, len(values) // 3 + 1)
    shares, mu, sigma = (
        np.array([values[f"{name}_{each}"] for each in components]) for name in ("share", "mu", "sigma")
    )
    return NormalMixture(shares=shares, mu=mu, sigma=sigma, logarithmic=True)


def density(fit: Fit, sizes: ArrayLike) -> FloatArray:
    """Density of what can be seen, per unit of size, at sizes > 0; 0 below the limit of the fit."""
    seen = np.asarray(sizes, np.float64)
    whole = distribution_of(fit)
    _, share = cut(whole, fit.truncated_at)
    return np.where(seen >= fit.truncated_at, np.exp(whole.log_density(seen)) / share, 0.0)


def cumulative(fit: Fit, sizes: ArrayLike) -> FloatArray:
    """Share of what can be seen that is smaller than sizes > 0."""
    whole = distribution_of(fit)
    below, seen = cut(whole, fit.truncated_at)
    return np.clip((whole.cumulative(np.asarray(sizes, np.float64)) - below) / seen, 0.0, 1.0)


def quantile(fit: Fit, shares: ArrayLike) -> FloatArray:
    """Sizes below which the shares of what can be seen lie, shares between 0 and 1."""
    whole = distribution_of(fit)
    below, seen = cut(whole, fit.truncated_at)
    return whole.quantile(below + np.asarray(shares, np.float64) * seen)


def _single(mu: float, sigma: float, *, logarithmic: bool) -> NormalMixture:
    return NormalMixture(
        shares=np.ones(1), mu=np.array([mu]), sigma=np.array([sigma]), logarithmic=logarithmic
    )


def cut(whole: Distribution, limit: float) -> tuple[float, float]:
    """Shares below and above the limit; without a limit everything is seen, also what a normal has below 0."""
    if limit <= 0:
        return 0.0, 1.0
    at = np.array(limit)
    return float(whole.cumulative(at)), float(whole.survival(at))
