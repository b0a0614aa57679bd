"""Counts and sizes per class, of the accepted particles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ALL = "all"


def balance(table: pd.DataFrame) -> dict[str, int]:
    """Detected = accepted + each reason.

    Returns
    -------
    dict with ``"detected"``, ``"accepted"``, and one entry a reason that occurs, in alphabetical order
    """
    reasons = table.loc[~table["accepted"], "reason"].value_counts()
    return {
        "detected": len(table),
        "accepted": int(table["accepted"].sum()),
        **{str(reason): int(reasons[reason]) for reason in sorted(reasons.index)},
    }


def describe_classes(table: pd.DataFrame, column: str) -> dict[str, dict[str, Any]]:
    """Number, mean, standard deviation, median, D10 and D90 of the accepted particles, class by class.

    Parameters
    ----------
    column : the size, for example ``"equivalent_diameter_nm"``

    Returns
    -------
    dict of dicts by class, ``"all"`` first
    """
    accepted = table[table["accepted"]]
    described = {ALL: describe(accepted[column].to_numpy(np.float64))}
    for name, group in sorted(accepted.groupby("class"), key=lambda pair: str(pair[0])):
        described[str(name)] = describe(group[column].to_numpy(np.float64))
    return described


def describe(sizes: NDArray[np.float64]) -> dict[str, Any]:
    """Number-weighted statistics of sizes, in the unit of `sizes`.

    Notes
    -----
    D10, the median (D50) and D90 are the sizes below which 10, 50 and 90 % of the particles by number lie, ISO
    9276-2, linearly interpolated between the ordered values. The standard deviation is that of a sample (n - 1).
    A statistic that the number of particles does not allow is None.
    """
    known = sizes[~np.isnan(sizes)]
    count = int(known.size)
    quantiles = np.quantile(known, (0.1, 0.5, 0.9)) if count else (None, None, None)
    d10, median, d90 = (None if value is None else float(value) for value in quantiles)
    return {
        "count": count,
        "mean": float(known.mean()) if count else None,
        "standard_deviation": float(known.std(ddof=1)) if count > 1 else None,
        "median": median,
        "d10": d10,
        "d90": d90,
    }
