"""Figures of one size, with intervals where images allow them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.statistics.grouping import Grouped
from nanosieve.statistics.influence import MOMENTS, linearise
from nanosieve.statistics.intervals import estimate
from nanosieve.statistics.results import Estimate, Figures, IntervalMethod, Quantiles

NOTHING = Estimate(value=None)


def describe(sample: Grouped, method: IntervalMethod, rng: np.random.Generator) -> Figures:
    """Figures with intervals.

    Parameters
    ----------
    method : of `nanosieve.statistics.intervals.method_of`
    """
    if len(sample.values) < 2:
        return describe_plainly(sample.values, sample.weights)
    return _figures(estimate(linearise(sample.values, sample.weights), sample, method, rng))


def describe_plainly(values: FloatArray, weights: FloatArray) -> Figures:
    """Figures without intervals; what the number of sizes does not allow is None.

    Parameters
    ----------
    values, weights : ndarrays of shape (n,), n >= 0
    """
    if len(values) > 1:
        return _figures({each.name: Estimate(value=each.value) for each in linearise(values, weights)})
    if not len(values):
        return _figures({})
    only = Estimate(value=float(values[0]))
    quantiles = {f"{basis}_{key}": only for basis in ("number", "volume") for key in ("d10", "d50", "d90")}
    spans = {f"{basis}_span": Estimate(value=0.0) for basis in ("number", "volume")}
    moments = {f"D[{p},{q}]": only for p, q in MOMENTS}
    return _figures({**quantiles, **spans, **moments, "geometric_mean": only})


def _figures(found: Mapping[str, Estimate]) -> Figures:
    sauter = found.get("D[3,2]", NOTHING)
    return Figures(
        number=_quantiles(found, "number"),
        volume=_quantiles(found, "volume"),
        mean=found.get("D[1,0]", NOTHING),
        standard_deviation=found.get("standard_deviation", NOTHING),
        geometric_mean=found.get("geometric_mean", NOTHING),
        geometric_standard_deviation=found.get("geometric_standard_deviation", NOTHING),
        moments={name: each for name, each in found.items() if name.startswith("D[")},
        specific_surface=_surface(sauter),
    )


def _quantiles(found: Mapping[str, Estimate], basis: str) -> Quantiles:
    return Quantiles(**{key: found.get(f"{basis}_{key}", NOTHING) for key in Quantiles.model_fields})


def _surface(sauter: Estimate) -> Estimate:
    """6 / D[3,2], ISO 9276-2: the larger the diameter, the less surface."""
    if sauter.value is None:
        return NOTHING
    return Estimate(
        value=6 / sauter.value,
        low=None if sauter.high is None else 6 / sauter.high,
        high=None if sauter.low is None else 6 / sauter.low,
        standard_error=None if sauter.standard_error is None else 6 * sauter.standard_error / sauter.value**2,
    )
