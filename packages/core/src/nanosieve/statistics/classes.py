"""Sizes and shares by class, and distributions of shapes."""

from __future__ import annotations

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.statistics.accepted import Accepted
from nanosieve.statistics.figures import describe_plainly
from nanosieve.statistics.grouping import group
from nanosieve.statistics.influence import linearise_median
from nanosieve.statistics.intervals import estimate, method_of
from nanosieve.statistics.results import ALL, ClassStatistics, Estimate, ShapeStatistics
from nanosieve.statistics.weighted import mean, quantiles, standard_deviation

# Ratios that describe a shape, ISO 9276-6; `nanosieve-measures` has them.
SHAPES = (
    "aspect_ratio",
    "circularity",
    "form_factor",
    "ellipse_ratio",
    "solidity",
    "convexity",
    "roundness",
    "compactness",
    "extent",
)


def describe_classes(
    accepted: Accepted, rounds: int, rng: np.random.Generator
) -> tuple[ClassStatistics, ...]:
    """Accepted particles class by class, all of them first; those without a weight are in no share and no size."""
    names = accepted.table["class"].to_numpy(object)
    total = float(np.nansum(accepted.counting))
    rows = {ALL: np.ones(len(names), bool), **{str(name): names == name for name in sorted(set(names))}}
    return tuple(_describe_class(name, chosen, accepted, total, rounds, rng) for name, chosen in rows.items())


def _describe_class(
    name: str,
    chosen: np.ndarray[tuple[int], np.dtype[np.bool_]],
    accepted: Accepted,
    total: float,
    rounds: int,
    rng: np.random.Generator,
) -> ClassStatistics:
    weights = accepted.counting
    counted = chosen & ~np.isnan(weights)
    sizes = accepted.values(accepted.sizes[0]) if accepted.sizes else np.full(len(weights), np.nan)
    sized = counted & ~np.isnan(sizes)
    sample = group(sizes[sized], weights[sized], accepted.image_of[sized])
    figures = describe_plainly(sample.values, sample.weights)
    median = Estimate(value=figures.number.d50.value)
    if len(sample.values) > 1:
        linear = linearise_median(sample.values, sample.weights)
        median = estimate([linear], sample, method_of(sample, rounds), rng)[linear.name]
    return ClassStatistics(
        name=name,
        count=int(chosen.sum()),
        weighted_count=None if accepted.weights is None else float(np.nansum(accepted.weights[chosen])),
        share=float(weights[counted].sum() / total) if total > 0 else None,
        mean=figures.mean.value,
        standard_deviation=figures.standard_deviation.value,
        d10=figures.number.d10.value,
        d50=median,
        d90=figures.number.d90.value,
    )


def describe_shapes(accepted: Accepted) -> dict[str, ShapeStatistics]:
    """Distribution of each shape that the table has and any particle is large enough for."""
    found, weights = {}, accepted.counting
    for name in SHAPES:
        if name not in accepted.table:
            continue
        values = accepted.table[name].to_numpy(np.float64)
        known = ~np.isnan(values) & ~np.isnan(weights)
        if known.any():
            found[name] = _describe_shape(name, values[known], weights[known])
    return found


def _describe_shape(name: str, values: FloatArray, weights: FloatArray) -> ShapeStatistics:
    d10, d50, d90 = (float(each) for each in quantiles(values, weights, np.array([0.1, 0.5, 0.9])))
    return ShapeStatistics(
        name=name,
        count=len(values),
        mean=mean(values, weights),
        standard_deviation=standard_deviation(values, weights) if len(values) > 1 else None,
        d10=d10,
        d50=d50,
        d90=d90,
    )
