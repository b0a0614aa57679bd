"""A table of particles to the statistics of the sample."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nanosieve.measuring import Unit
from nanosieve.models import Boundary
from nanosieve.statistics.accepted import SIZES, Accepted, accept
from nanosieve.statistics.balance import balance
from nanosieve.statistics.classes import describe_classes, describe_shapes
from nanosieve.statistics.exclusions import compare_excluded
from nanosieve.statistics.notes import longer_than_half, warn
from nanosieve.statistics.options import StatisticsOptions
from nanosieve.statistics.results import Balance, SampleStatistics, SizeStatistics, Verdict
from nanosieve.statistics.size_statistics import describe_size
from nanosieve.statistics.verdict import decide

FERET_MIN = "feret_min"


def describe_sample(
    particles: pd.DataFrame,
    images: pd.DataFrame,
    unit: Unit,
    *,
    min_diameter_px: float = 0,
    boundaries: Mapping[str, Boundary] | None = None,
    options: StatisticsOptions | None = None,
) -> SampleStatistics:
    """All statistics of one sample.

    Parameters
    ----------
    particles : one row a particle, as `nanosieve analyze` writes it, excluded ones among them
    images : one row an image
    unit : of the sizes in `particles`
    min_diameter_px : rule of the analysis: smaller particles were excluded, which fits take into account
    boundaries : where models put the edge of particles, by the column ``model`` of `images`
    options : the defaults unless given

    Raises
    ------
    ScaleError
        If the table is in another unit, mixes nm and px, or lacks a pixel size that nm need.
    ResultsError
        If a column is missing or holds what no analysis writes.
    """
    options = options or StatisticsOptions()
    accepted = accept(particles, images, unit, edge_correction=options.edge_correction)
    sizes = {
        measure: describe_size(
            measure,
            accepted,
            min_diameter_px=min_diameter_px,
            boundaries=boundaries or {},
            options=options,
        )
        for measure in accepted.sizes
    }
    counts = _balance(particles, accepted)
    exclusions = compare_excluded(particles, f"{accepted.sizes[0]}_{unit}") if accepted.sizes else ()
    return SampleStatistics(
        unit=unit,
        images=len(images),
        edge_correction=options.edge_correction,
        balance=counts,
        sizes=sizes,
        shapes=describe_shapes(accepted),
        classes=describe_classes(accepted, options.rounds, np.random.default_rng([options.seed, len(SIZES)])),
        verdict=_verdict(sizes.get(FERET_MIN), accepted),
        exclusions=exclusions,
        warnings=tuple(warn(accepted, sizes, counts, exclusions)),
    )


def _balance(particles: pd.DataFrame, accepted: Accepted) -> Balance:
    counts = balance(particles)
    weights = accepted.weights
    return Balance(
        detected=counts.pop("detected"),
        accepted=counts.pop("accepted"),
        reasons=counts,
        weighted=float(np.nansum(accepted.counting)) if accepted.corrected else None,
        without_weight=0 if weights is None else int(np.isnan(weights).sum()),
        longer_than_half=longer_than_half(accepted),
    )


def _verdict(feret_min: SizeStatistics | None, accepted: Accepted) -> Verdict:
    if feret_min is None:
        return decide(None, np.empty(0), np.empty(0), accepted.unit)
    sizes, weights = accepted.values(FERET_MIN), accepted.counting
    used = ~np.isnan(sizes) & ~np.isnan(weights)
    return decide(feret_min, sizes[used], weights[used], accepted.unit)
