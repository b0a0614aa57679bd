"""Shares of particles, and their 95 % intervals over groups: particles of one group are not independent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nanosieve.evaluation.intervals import FEWEST_FOR_POOLED, LEVEL, Estimate, estimate_pooled
from nanosieve.outline import FloatArray

Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

# An interval below a tenth of a percent would be printed as a single number.
LEAST_WIDTH = 1e-3

NOTHING = Estimate(value=np.nan, sd=np.nan, low=np.nan, high=np.nan, images=0)


def estimate_share(part: Mask, whole: Mask, groups: Codes) -> Estimate:
    """Share of the particles of `whole` that are also in `part`; see `estimate_mean_share`."""
    return estimate_mean_share(part, whole, np.zeros(len(part), np.int64), groups)


def estimate_mean_share(part: Mask, whole: Mask, classes: Codes, groups: Codes) -> Estimate:
    """Mean over the classes of the share of a class's particles of `whole` that are also in `part`.

    Parameters
    ----------
    part, whole, classes, groups : ndarrays of shape (n,), one a particle

    Returns
    -------
    Estimate
        Of the classes that have particles in `whole`, over the groups that have any: its ``images`` are these groups.
        NaN where `whole` is empty. There is no interval where one of the classes has too few groups. Where all
        particles are alike, and so is all that can be drawn from them, it is Clopper and Pearson's for as many
        independent particles as there are groups.
    """
    if not whole.any():
        return NOTHING
    of_classes = np.unique(classes[whole], return_inverse=True)[1]
    of_groups = np.unique(groups[whole], return_inverse=True)[1]
    shape = int(of_groups.max()) + 1, int(of_classes.max()) + 1
    wholes, parts = np.zeros(shape), np.zeros(shape)
    np.add.at(wholes, (of_groups, of_classes), 1)
    np.add.at(parts, (of_groups, of_classes), part[whole])

    def statistics(chosen: Codes) -> FloatArray:
        times = np.bincount(chosen, minlength=shape[0])
        particles = times @ wholes
        # without one of the classes it would be the mean of something else
        return np.array([np.mean(times @ parts / particles) if particles.all() else np.nan])

    (estimate,) = estimate_pooled(statistics, shape[0])
    if int((wholes > 0).sum(axis=0).min()) < FEWEST_FOR_POOLED:
        return replace(estimate, low=np.nan, high=np.nan)
    if estimate.value in (0, 1):
        exact = stats.binomtest(round(estimate.value) * shape[0], shape[0]).proportion_ci(LEVEL, "exact")
        return replace(estimate, low=float(exact.low), high=float(exact.high))
    return with_width(estimate)


def with_width(estimate: Estimate) -> Estimate:
    """The estimate, without an interval of no width: where all groups are alike, nothing is known of others."""
    if estimate.high - estimate.low < LEAST_WIDTH:
        return replace(estimate, low=np.nan, high=np.nan)
    return estimate
