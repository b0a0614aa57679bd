"""Whether the excluded differ in size from the accepted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from nanosieve.outline import FloatArray
from nanosieve.statistics.corrected_p import holm
from nanosieve.statistics.results import ALL, Exclusion

# Beyond, SciPy's exact distribution takes long and may give up; the asymptotic one is exact enough.
MOST_FOR_EXACT = 1000


def compare_excluded(table: pd.DataFrame, column: str) -> tuple[Exclusion, ...]:
    """Excluded against accepted particles, reason by reason, all of them first.

    Parameters
    ----------
    table : all particles that were detected
    column : their size

    Notes
    -----
    Two-sample Kolmogorov-Smirnov, every particle once: what is excluded has no edge weight.
    """
    sizes = table[column].to_numpy(np.float64)
    accepted = table["accepted"].to_numpy(bool)
    known = ~np.isnan(sizes)
    counted = sizes[accepted & known]
    reasons = table["reason"].to_numpy(object)
    groups = {ALL: sizes[~accepted & known]}
    groups |= {
        str(reason): sizes[(reasons == reason) & ~accepted & known]
        for reason in sorted(set(reasons[~accepted]))
    }
    compared = {name: each for name, each in groups.items() if len(each) and len(counted)}
    tests = [kolmogorov_smirnov_test(each, counted) for each in compared.values()]
    return tuple(
        Exclusion(
            reason=name,
            count=len(each),
            median=float(np.median(each)),
            accepted_median=float(np.median(counted)),
            ks=distance,
            p=p,
        )
        for (name, each), (distance, _), p in zip(
            compared.items(), tests, holm([p for _, p in tests]), strict=True
        )
    )


def kolmogorov_smirnov_test(one: FloatArray, other: FloatArray) -> tuple[float, float]:
    """Distance and p value of two samples, every particle once."""
    exact = max(len(one), len(other)) <= MOST_FOR_EXACT
    found = stats.ks_2samp(one, other, method="exact" if exact else "asymp")
    return float(found.statistic), float(found.pvalue)
