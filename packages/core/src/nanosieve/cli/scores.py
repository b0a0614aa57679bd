"""What `evaluate` prints: it fits a screen of 100 columns."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from nanosieve.evaluation.boundary import boundary_table
from nanosieve.evaluation.intervals import FEWEST_FOR_POOLED
from nanosieve.evaluation.summary import ALL

if TYPE_CHECKING:
    import pandas as pd

    from nanosieve.evaluation import Evaluation

LONGEST_LIST = 8
# Score to what people call it.
PIXELS = {
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
    "iou": "IoU",
    "f1": "F1",
    "pixel_error": "pixel error",
    "rand_error": "Rand error",
}
PARTICLES = {
    "instance_precision": "precision at IoU > 0.5",
    "instance_recall": "recall at IoU > 0.5",
    "instance_f1": "F1 at IoU > 0.5",
    "ap50": "AP50",
    "ap75": "AP75",
    "ap50_95": "AP50:95",
    "panoptic_quality": "panoptic quality",
    "segmentation_quality": "segmentation quality",
}
SIZES = {
    "d50_bias_percent": "D50 bias, %",
    "spread_error": "ln(D90/D10) error",
    "count_error_percent": "count error, %",
}
BY_SOURCE = (
    "iou",
    "rand_error",
    "instance_f1",
    "ap50",
    "ap50_95",
    "panoptic_quality",
    "pooled_d50_bias_percent",
)


def print_scores(evaluation: Evaluation, summary: pd.DataFrame, asked: int, folder: Path) -> None:
    """Print the scores over all images, those of each source, what failed, and where the results lie."""
    console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    found, truth = (int(evaluation.images[name].sum()) for name in ("particles_found", "particles"))
    console.print(
        f"{len(evaluation.images)} of {asked} images scored, {found} particles found, {truth} labelled",
        markup=False,
    )
    rows = {(row["source"], row["score"]): row for row in summary.to_dict("records")}
    if rows:
        console.print(_pixel_table(rows))
        console.print(_particle_table(rows))
        console.print(_size_table(rows))
        console.print(_boundary_table(boundary_table(evaluation.offsets)))
    sources = [name for name in summary["source"].unique() if name != ALL]
    if sources:
        console.print(_source_table(rows, sources))
    for failure in evaluation.failures[:LONGEST_LIST]:
        errors.print(
            f"failed: {failure.image}, {failure.stage}: {failure.error}", markup=False, soft_wrap=True
        )
    if len(evaluation.failures) > LONGEST_LIST:
        errors.print(
            f"... and {len(evaluation.failures) - LONGEST_LIST} more, see failures.csv", markup=False
        )
    console.print(f"scores and the worst images in {folder}", markup=False, soft_wrap=True)
    if evaluation.interrupted:
        errors.print("stopped; the images that were done are scored", markup=False)


def _pixel_table(rows: dict[tuple[str, str], Any]) -> Table:
    table = _table(
        "by pixel", "", "whole image", "95 % interval", "sd", "particles only", "95 % interval", "sd"
    )
    for score, name in PIXELS.items():
        table.add_row(name, *_cells(rows[ALL, score]), *_cells(rows[ALL, f"particles_{score}"]))
    return table


def _particle_table(rows: dict[tuple[str, str], Any]) -> Table:
    table = _table("by particle", "", "mean", "95 % interval", "sd")
    for score, name in PARTICLES.items():
        table.add_row(name, *_cells(rows[ALL, score]))
    return table


def _size_table(rows: dict[tuple[str, str], Any]) -> Table:
    table = _table(
        "sizes and number of accepted particles",
        *("", "mean of images", "95 % interval", "sd", "all together", "95 % interval"),
    )
    for score, name in SIZES.items():
        table.add_row(name, *_cells(rows[ALL, score]), *_cells(rows[ALL, f"pooled_{score}"])[:2])
    if rows[ALL, "iou"]["images"] < FEWEST_FOR_POOLED:
        table.caption = f"no interval of all together below {FEWEST_FOR_POOLED} images"
    return table


def _boundary_table(boundary: pd.DataFrame) -> Table:
    table = _table(
        "equivalent diameter of matched particles, found less labelled, px as the model saw it",
        *(
            "true, px",
            "median",
            "95 % interval",
            "sd images",
            "sd particles",
            "images",
            "particles",
        ),
    )
    for row in boundary.to_dict("records"):
        name = (
            f"from {row['from_px']:.0f}"
            if isnan(row["to_px"])
            else f"{row['from_px']:.0f} to {row['to_px']:.0f}"
        )
        if row["shape"]:
            name = f"{row['shape']}, {name}"
        median, interval, sd = _cells(
            {
                "value": row["offset_px"],
                "low": row["low_px"],
                "high": row["high_px"],
                "sd": row["sd_images_px"],
            }
        )
        counts = (str(row["images"]), str(row["particles"]))
        table.add_row(name, median, interval, sd, _number(row["sd_particles_px"]), *counts)
    return table


def _source_table(rows: dict[tuple[str, str], Any], sources: list[str]) -> Table:
    headings = ("IoU", "Rand error", "instance F1", "AP50", "AP50:95", "PQ", "D50 bias, %")
    table = _table("by source", "source", "images", *headings)
    for source in sources:
        values = (_number(rows[source, score]["value"]) for score in BY_SOURCE)
        table.add_row(source, str(rows[source, "iou"]["images"]), *values)
    return table


def _table(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE)
    table.add_column(first)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _cells(row: dict[str, Any]) -> tuple[str, str, str]:
    low, high = row["low"], row["high"]
    interval = "-" if isnan(low) else f"{_number(low)} to {_number(high)}"
    return _number(row["value"]), interval, _number(row["sd"])


def _number(value: float) -> str:
    """Three decimals, one from 10 on (percentages); a dash for NaN."""
    if isnan(value):
        return "-"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
