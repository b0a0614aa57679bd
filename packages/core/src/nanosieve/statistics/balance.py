"""What became of all that was detected."""

from __future__ import annotations

import pandas as pd


def balance(table: pd.DataFrame) -> dict[str, int]:
    """Detected = accepted + each reason.

    Returns
    -------
    dict with ``"detected"``, ``"accepted"``, and one entry a reason that occurs, in alphabetical order
    """
    reasons = table.loc[~table["accepted"].astype(bool), "reason"].value_counts()
    return {
        "detected": len(table),
        "accepted": int(table["accepted"].sum()),
        **{str(reason): int(reasons[reason]) for reason in sorted(reasons.index)},
    }
