"""An evaluation of a classifier as files: CSV and pictures for people, JSON with what produced it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from nanosieve.evaluation.shapes.calibration import calibrate, write_calibration_picture
from nanosieve.evaluation.shapes.confusion import confuse, write_confusion_picture
from nanosieve.evaluation.shapes.evaluate import ShapeEvaluation
from nanosieve.evaluation.shapes.scores import ShapeScores
from nanosieve.exporters import write_csv
from nanosieve.writing import write_text

# What JSON takes as the shortest form of any double.
DIGITS = 15


def as_json(
    evaluation: ShapeEvaluation, scores: ShapeScores, provenance: Mapping[str, Any]
) -> dict[str, Any]:
    """All of an evaluation but the single particles, as plain JSON values; what is not known is null."""
    return {
        "overall": _records(scores.overall),
        "classes": _records(scores.classes),
        "confusion": _records(confuse(evaluation.particles, evaluation.classes).reset_index()),
        "calibration": _records(_calibration(evaluation)),
        "images": evaluation.images,
        "several": len(evaluation.several),
        "at_frame": evaluation.at_frame,
        "failures": [asdict(failure) for failure in evaluation.failures],
        "interrupted": evaluation.interrupted,
        "provenance": dict(provenance),
    }


def write_shape_scores(
    evaluation: ShapeEvaluation, scores: ShapeScores, provenance: Mapping[str, Any], folder: Path
) -> tuple[Path, ...]:
    """Write the tables ``particles``, ``several``, ``classes``, ``confusion``, ``calibration`` and ``failures`` as CSV,
    pictures of ``confusion`` and ``calibration``, and ``scores.json``.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    confusion = confuse(evaluation.particles, evaluation.classes)
    calibration = _calibration(evaluation)
    tables = {
        "particles": evaluation.particles,
        "several": evaluation.several,
        "classes": scores.classes,
        "confusion": confusion.reset_index(),
        "calibration": calibration,
        "failures": pd.DataFrame(
            [asdict(failure) for failure in evaluation.failures], columns=["image", "stage", "error"]
        ),
    }
    text = json.dumps(as_json(evaluation, scores, provenance), indent=2, allow_nan=False)
    return (
        *(write_csv(table, folder / f"{name}.csv") for name, table in tables.items()),
        write_confusion_picture(confusion, evaluation.classes, folder / "confusion.png"),
        write_calibration_picture(calibration, folder / "calibration.png"),
        write_text(folder / "scores.json", text + "\n"),
    )


def _calibration(evaluation: ShapeEvaluation) -> pd.DataFrame:
    """Calibration over the particles whose class the model knows; the others can never be right."""
    table = evaluation.particles
    counted = table[table["found"] & table["true_class"].isin(evaluation.classes)]
    right = (counted["best_class"] == counted["true_class"]).to_numpy(bool)
    return calibrate(counted["confidence"].to_numpy(float), right)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=DIGITS))
    return records
