"""What `evaluate classifier` prints: it fits a screen of 100 columns."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from nanosieve.evaluation.shapes import ShapeEvaluation, ShapeScores

LONGEST_LIST = 8
NEVER_LEARNT = " *"
BY_CHANCE = "calibration_error_by_chance"
# Score to what people call it.
OVERALL = {
    "balanced_accuracy": "balanced accuracy",
    "balanced_accuracy_of_all": "balanced accuracy, unknown included",
    "unknown": "unknown, mean of classes",
    "calibration_error": "expected calibration error",
    BY_CHANCE: "  by chance alone, were confidence exact",
    "calibration_error_with_unseen": "  with shapes never learnt, as unknown",
    "leakage": "excluded classes that were accepted",
    "several_accepted": "several found as one that were accepted",
    "known_lost": "known shapes taken for others",
    "unseen_rejected": "shapes never learnt that were rejected",
}


def print_shape_scores(evaluation: ShapeEvaluation, scores: ShapeScores, asked: int, folder: Path) -> None:
    """Print the scores of each class and over all, what failed, and where the results lie."""
    console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    found = int(evaluation.particles["found"].sum())
    missed = len(evaluation.particles) - found
    parts = [f"{evaluation.images} of {asked} images scored", f"{found} particles classified"]
    parts += [f"{missed} not found, or together with others"] if missed else []
    parts += [f"{evaluation.at_frame} cut by the frame left out"] if evaluation.at_frame else []
    console.print(", ".join(parts), markup=False)
    if found:
        console.print(_class_table(scores.classes.to_dict("records"), missed > 0))
        console.print(_overall_table(scores.overall.to_dict("records")))
    for failure in evaluation.failures[:LONGEST_LIST]:
        errors.print(
            f"failed: {failure.image}, {failure.stage}: {failure.error}", markup=False, soft_wrap=True
        )
    if len(evaluation.failures) > LONGEST_LIST:
        errors.print(
            f"... and {len(evaluation.failures) - LONGEST_LIST} more, see failures.csv", markup=False
        )
    console.print(f"scores, confusion and mistakes in {folder}", markup=False, soft_wrap=True)
    if evaluation.interrupted:
        errors.print("stopped; the images that were done are scored", markup=False)


def _class_table(rows: list[dict[Any, Any]], some_missed: bool) -> Table:
    missed = ("missed",) if some_missed else ()
    headings = ("accuracy", "95 % interval", "of all", "95 % interval", "unknown")
    table = _table("by true class, in %", "", "particles", *missed, *headings)
    *classes, mean = rows
    for row in classes:
        _add_class(table, row, some_missed)
    table.add_section()
    _add_class(table, mean, some_missed)
    table.caption = (
        "accuracy: of the answers other than unknown; of all: the likeliest class of every particle"
    )
    return table


def _add_class(table: Table, row: dict[Any, Any], some_missed: bool) -> None:
    name = row["class"] if row["known"] else f"{row['class']}{NEVER_LEARNT}"
    missed = (str(row["missed"]),) if some_missed else ()
    table.add_row(
        name,
        str(row["particles"]),
        *missed,
        *(_percent(row["accuracy"]), _interval(row["accuracy_low"], row["accuracy_high"])),
        *(
            _percent(row["accuracy_of_all"]),
            _interval(row["accuracy_of_all_low"], row["accuracy_of_all_high"]),
        ),
        _percent(row["unknown"]),
    )


def _overall_table(rows: list[dict[Any, Any]]) -> Table:
    from nanosieve.evaluation.intervals import FEWEST_FOR_POOLED

    table = _table("over all, in %", "", "share", "95 % interval", "particles", "groups")
    for row in rows:
        table.add_row(
            OVERALL[row["score"]],
            *(_percent(row["value"]), _interval(row["low"], row["high"])),
            *(str(row["particles"]), str(row["groups"])),
        )
    estimated = [row for row in rows if row["score"] != BY_CHANCE]
    if any(isnan(row["low"]) and not isnan(row["value"]) for row in estimated):
        table.caption = (
            f"no interval below {FEWEST_FOR_POOLED} groups (papers, specimens or images) of a class"
        )
    return table


def _table(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE)
    table.add_column(first, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _percent(share: float) -> str:
    """One decimal; a dash for NaN."""
    return "-" if isnan(share) else f"{100 * share:.1f}"


def _interval(low: float, high: float) -> str:
    return "-" if isnan(low) else f"{100 * low:.0f} to {100 * high:.0f}"
