"""Everything about one size of a sample."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nanosieve.models import Boundary
from nanosieve.outline import FloatArray
from nanosieve.statistics.accepted import SIZES, Accepted
from nanosieve.statistics.budget import make_budget
from nanosieve.statistics.counting import plan
from nanosieve.statistics.figures import describe, describe_plainly
from nanosieve.statistics.fits import fit_sizes
from nanosieve.statistics.grouping import Grouped, group
from nanosieve.statistics.intervals import method_of
from nanosieve.statistics.options import StatisticsOptions
from nanosieve.statistics.results import Budget, Counting, Estimate, Figures, Quantity, SizeStatistics
from nanosieve.statistics.variance import analyse_variance
from nanosieve.statistics.weighted import effective_count

# The limit of what is seen is one of the equivalent diameter. Of other sizes it is the one above which 95 % of the
# particles pass it, by their ratio to the equivalent diameter.
SURE = 0.95


def describe_size(
    measure: str,
    accepted: Accepted,
    *,
    min_diameter_px: float,
    boundaries: Mapping[str, Boundary],
    options: StatisticsOptions,
) -> SizeStatistics:
    """Figures, fits, needed counts and budgets of one size.

    Parameters
    ----------
    measure : one of `accepted.sizes`
    min_diameter_px : smallest equivalent diameter that is accepted
    """
    # of its own, so that what one size needs does not change the numbers of another
    rng = np.random.default_rng([options.seed, SIZES.index(measure)])
    values = accepted.values(measure)
    known = ~np.isnan(values)
    weights = accepted.counting
    used = known & ~np.isnan(weights)
    corrected = accepted.corrected
    sample = group(values[used], weights[used], accepted.image_of[used])
    method = method_of(sample, options.rounds)
    figures = describe(sample, method, rng)
    return SizeStatistics(
        name=measure,
        column=f"{measure}_{accepted.unit}",
        count=int(known.sum()),
        weighted_count=float(weights[used].sum()) if corrected else None,
        effective_count=effective_count(sample.weights) if len(sample.values) else 0.0,
        images=sample.images,
        method=method,
        corrected=figures if corrected else None,
        uncorrected=describe_plainly(values[known], np.ones(int(known.sum()))) if corrected else figures,
        edge_corrected=corrected,
        fits=fit_sizes(
            sample.values,
            sample.weights,
            _limit(values, used, measure, accepted, min_diameter_px),
            rounds=options.goodness_rounds,
            rng=rng,
        ),
        variance=analyse_variance(sample) if sample.images > 1 else None,
        counting=_counting(sample, figures, options, rng),
        budgets=_budgets(figures, measure, accepted, np.where(used, weights, 0.0), boundaries, options),
    )


def _limit(
    values: FloatArray,
    used: np.ndarray[tuple[int], np.dtype[np.bool_]],
    measure: str,
    accepted: Accepted,
    min_diameter_px: float,
) -> float:
    """Size from which on every particle would have been accepted, in all images; 0 where nothing is known."""
    diameters = accepted.values(SIZES[0]) if SIZES[0] in accepted.sizes else np.full(len(values), np.nan)
    known = used & ~np.isnan(diameters)
    if not known.any():
        return 0.0
    coarsest = accepted.pixel_sides[accepted.image_of[known]].max()
    ratio = 1.0 if measure == SIZES[0] else float(np.quantile(values[known] / diameters[known], SURE))
    return float(min_diameter_px * coarsest * ratio)


def _counting(
    sample: Grouped, figures: Figures, options: StatisticsOptions, rng: np.random.Generator
) -> Counting | None:
    gsd = figures.geometric_standard_deviation.value
    if gsd is None:
        return None
    return plan(sample, float(np.log(gsd)), figures.number.d50, options.precision, rng)


def _budgets(
    figures: Figures,
    measure: str,
    accepted: Accepted,
    weights: FloatArray,
    boundaries: Mapping[str, Boundary],
    options: StatisticsOptions,
) -> dict[Quantity, Budget]:
    asked: dict[Quantity, Estimate] = {"median": figures.number.d50, "mean": figures.mean}
    found = {
        quantity: make_budget(
            quantity,
            figure,
            measure,
            accepted,
            weights=weights,
            calibration_uncertainty=options.calibration_uncertainty,
            boundaries=boundaries,
        )
        for quantity, figure in asked.items()
    }
    return {quantity: budget for quantity, budget in found.items() if budget is not None}
