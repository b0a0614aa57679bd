"""An evaluation as files: CSV for people and spreadsheets, JSON with what produced it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from nanosieve.evaluation.boundary import boundary_table
from nanosieve.evaluation.evaluate import Evaluation
from nanosieve.exporters import write_csv
from nanosieve.writing import write_text


def as_json(evaluation: Evaluation, summary: pd.DataFrame, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """All of an evaluation as plain JSON values; what is not known is null."""
    return {
        "summary": _records(summary),
        "boundary": _records(boundary_table(evaluation.offsets)),
        "images": _records(evaluation.images),
        "failures": [asdict(failure) for failure in evaluation.failures],
        "interrupted": evaluation.interrupted,
        "provenance": dict(provenance),
    }


def write_scores(
    evaluation: Evaluation, summary: pd.DataFrame, provenance: Mapping[str, Any], folder: Path
) -> tuple[Path, ...]:
    """Write ``scores.csv`` (images), ``summary.csv``, ``boundary.csv``, ``failures.csv`` and ``scores.json``.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    failures = pd.DataFrame(
        [asdict(failure) for failure in evaluation.failures], columns=["image", "stage", "error"]
    )
    tables = {
        "scores": evaluation.images,
        "summary": summary,
        "boundary": boundary_table(evaluation.offsets),
        "failures": failures,
    }
    text = json.dumps(as_json(evaluation, summary, provenance), indent=2, allow_nan=False)
    return (
        *(write_csv(table, folder / f"{name}.csv") for name, table in tables.items()),
        write_text(folder / "scores.json", text + "\n"),
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object)
    rows = plain.where(table.notna(), None).to_dict("records")
    return [{str(column): value for column, value in row.items()} for row in rows]
