"""Which particles the page holds one by one, and what it says of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nanosieve.report.numbers import NOTHING, plain

# A browser stays quick with so many outlines; a page with them has about 3 MB.
MOST_ROWS = 20_000
MEASURES = (
    "equivalent_diameter",
    "feret_max",
    "feret_min",
    "aspect_ratio",
    "circularity",
    "solidity",
    "rod_length",
    "rod_width",
    "edge_length",
)
TITLES = {"feret_max": "Feret max", "feret_min": "Feret min"}


def choose_rows(particles: pd.DataFrame, most: int = MOST_ROWS) -> pd.DataFrame:
    """The particles that are shown one by one: all, or an even share of each image where there are too many.

    Returns
    -------
    DataFrame with the index 0 to n - 1, in the order of `particles`, at most `most` rows, and at least one an image
    """
    if len(particles) <= most:
        return particles.reset_index(drop=True)
    kept = [
        index[np.linspace(0, len(index) - 1, max(1, len(index) * most // len(particles))).astype(int)]
        for index in particles.groupby("image", sort=False).indices.values()
    ]
    return particles.iloc[np.sort(np.concatenate(kept))].reset_index(drop=True)


def row_data(rows: pd.DataFrame, unit: str, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Columns and cells for the page's table, as plain JSON values.

    Parameters
    ----------
    rows : from `choose_rows`
    unit : of lengths
    numbers : the number of each image in the page, by name

    Returns
    -------
    dict with ``"columns"``, their titles; ``"numeric"``, whether each sorts as a number; and ``"rows"``: the image's
    number, then a cell a column
    """
    measures = {column: title for name in MEASURES for column, title in _columns(rows, name, unit)}
    texts = {
        "image": rows["image"],
        "label": rows["label"].astype("int64"),
        "class": rows["class"],
        "confidence": rows["confidence"],
        "verdict": rows["reason"].where(~rows["accepted"], "accepted"),
    }
    cells = [values.tolist() for values in texts.values()]
    cells[3] = [_rounded(value) for value in cells[3]]
    cells += [[_rounded(value) for value in rows[column].tolist()] for column in measures]
    return {
        "columns": [*texts, *measures.values()],
        "numeric": [name in ("label", "confidence") for name in texts] + [True] * len(measures),
        "rows": [
            [numbers[name], *values]
            for name, values in zip(texts["image"], zip(*cells, strict=True), strict=True)
        ],
    }


def _columns(rows: pd.DataFrame, name: str, unit: str) -> list[tuple[str, str]]:
    """Column and title of a measure, where the table has it, not everywhere empty."""
    title = TITLES.get(name, name.replace("_", " "))
    for column, heading in ((f"{name}_{unit}", f"{title}, {unit}"), (name, title)):
        if column in rows and rows[column].notna().any():
            return [(column, heading)]
    return []


def _rounded(value: float) -> float | None:
    text = plain(value)
    return None if text == NOTHING else float(text)
