"""The table of failures: one row for each thing that went wrong."""

from __future__ import annotations

import pandera.pandas as pa

from nanosieve.columns import column


def failure_schema() -> pa.DataFrameSchema:
    """Schema of ``failures.csv``."""
    return pa.DataFrameSchema(
        {
            "image": column("str", "Name of the image; empty where the whole run is concerned."),
            "stage": column(
                "str", "What was being done: `reading`, `segmenting`, `measuring`, ...", filled=True
            ),
            "error": column("str", "What went wrong and what to do, one line.", filled=True),
        },
        strict=True,
        ordered=True,
    )
