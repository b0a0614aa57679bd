"""Fits of one size: every family, judged, and the one with the lowest BIC chosen."""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.statistics.families import Distribution
from nanosieve.statistics.goodness import judge
from nanosieve.statistics.likelihood import (
    COMPONENTS,
    Visible,
    condensed,
    fit_families,
    log_likelihood,
    parameter_count,
    parameters_of,
    standard_errors,
    visible,
)
from nanosieve.statistics.results import Fit, FitName, Goodness, Parameter


def fit_sizes(
    values: FloatArray, weights: FloatArray, limit: float, *, rounds: int, rng: np.random.Generator
) -> tuple[Fit, ...]:
    """All fits that the number of particles allows.

    Parameters
    ----------
    values, weights : ndarrays of shape (n,)
    limit : size below which nothing can be seen; smaller particles are left out; 0 without such a limit
    rounds : of the bootstrap that judges fits: all but mixtures that are not chosen, whose parts may be of chance
    """
    sample = visible(values, weights, limit)
    fitted = fit_families(sample)
    likelihoods = {name: log_likelihood(each, sample) for name, each in fitted.items()}
    bics = {
        name: parameter_count(name) * float(np.log(sample.count)) - 2 * likelihoods[name] for name in fitted
    }
    chosen = min(bics, key=bics.__getitem__, default=None)
    grouped = condensed(sample)
    return tuple(
        Fit(
            name=name,
            parameters=_parameters(name, distribution, grouped),
            truncated_at=sample.limit,
            count=len(sample.values),
            log_likelihood=likelihoods[name],
            aic=2 * parameter_count(name) - 2 * likelihoods[name],
            bic=bics[name],
            chosen=name == chosen,
            **_goodness(distribution, sample, rounds if name == chosen or name not in COMPONENTS else 0, rng),
        )
        for name, distribution in fitted.items()
    )


def _parameters(name: FitName, distribution: Distribution, sample: Visible) -> dict[str, Parameter]:
    values = parameters_of(name, distribution)
    errors = standard_errors(distribution, sample)
    return {
        key: Parameter(value=value, standard_error=None if errors is None else float(errors[index]))
        for index, (key, value) in enumerate(values.items())
    }


def _goodness(
    distribution: Distribution, sample: Visible, rounds: int, rng: np.random.Generator
) -> dict[str, Goodness]:
    ks, ad = judge(distribution, sample, rounds, rng)
    return {"ks": ks, "ad": ad}
