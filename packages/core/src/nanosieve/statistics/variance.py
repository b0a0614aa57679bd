"""Whether images differ by more than chance: one-way analysis of variance of ln x."""

from __future__ import annotations

import numpy as np
from scipy import stats

from nanosieve.statistics.grouping import Grouped
from nanosieve.statistics.intervals import variance_components
from nanosieve.statistics.results import Variance


def analyse_variance(sample: Grouped) -> Variance | None:
    """Variance between and within images; None for one image, one particle each, or sizes that are all alike.

    Notes
    -----
    The variances are weighted, the test takes every particle once and as independent within its image.
    """
    logs = np.log(sample.values)
    parts = np.split(logs, sample.starts[1:-1])
    varied = any(np.ptp(part) > 0 for part in parts)
    if sample.images < 2 or not varied:
        return None
    between, within = variance_components(logs, sample.weights, sample)
    f, p = stats.f_oneway(*parts)
    return Variance(
        between=float(np.sqrt(between)),
        within=float(np.sqrt(within)),
        f=float(f),
        p=float(p),
        images=sample.images,
    )
