"""What `analyze` and `demo` print: it fits a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from nanosieve.batch import Outcome
    from nanosieve.host import Problem

LONGEST_LIST = 8


def print_outcome(outcome: Outcome, asked: int, problems: Sequence[Problem]) -> None:
    """Print counts, sizes by class, what went wrong, and where the results lie."""
    console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    summary = outcome.tables.summary
    done = len(outcome.tables.images)
    earlier = f", {outcome.reused} of them in an earlier run" if outcome.reused else ""
    console.print(f"{done} of {asked} images analysed{earlier}", markup=False)
    balance = summary["balance"]
    excluded = [f"{count} {name}" for name, count in balance.items() if name not in ("detected", "accepted")]
    console.print(
        f"{balance['detected']} particles = " + " + ".join([f"{balance['accepted']} accepted", *excluded]),
        markup=False,
        soft_wrap=True,
    )
    if summary["classes"] and balance["accepted"]:
        console.print(class_table(summary))
    failures = [f"{row['image'] or 'run'}, {row['stage']}: {row['error']}" for row in summary["failures"]]
    _print_list(errors, failures, "failed")
    images = outcome.tables.images
    noted = images[images["warnings"] != ""]
    _print_list(errors, [": ".join(row) for row in noted[["image", "warnings"]].to_numpy(str)], "note")
    _print_list(errors, [str(problem) for problem in problems], "plugin problem")
    console.print(f"results in {outcome.folder}", markup=False, soft_wrap=True)
    if outcome.interrupted:
        errors.print("stopped; nothing is lost: the same command goes on from here", markup=False)


def class_table(summary: dict[str, Any]) -> Table:
    """Statistics of the accepted particles, class by class."""
    unit = summary["size"].rpartition("_")[2]
    table = Table(title=f"equivalent diameter, {unit}", title_justify="left", box=box.SIMPLE)
    table.add_column("class")
    for heading in ("count", "mean", "sd", "D10", "median", "D90"):
        table.add_column(heading, justify="right")
    for name, row in summary["classes"].items():
        numbers = (row[key] for key in ("mean", "standard_deviation", "d10", "median", "d90"))
        table.add_row(
            name, str(row["count"]), *("-" if value is None else f"{value:.4g}" for value in numbers)
        )
    return table


def _print_list(console: Console, lines: Sequence[str], what: str) -> None:
    for line in lines[:LONGEST_LIST]:
        console.print(f"{what}: {line}", markup=False, soft_wrap=True)
    if len(lines) > LONGEST_LIST:
        console.print(f"... and {len(lines) - LONGEST_LIST} more, see the tables", markup=False)
