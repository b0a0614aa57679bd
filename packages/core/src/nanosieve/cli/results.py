"""What `analyze` and `demo` print: it fits a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from nanosieve.cli.listing import print_list
from nanosieve.cli.statistics import print_statistics
from nanosieve.statistics.results import SampleStatistics

if TYPE_CHECKING:
    from nanosieve.batch import Outcome
    from nanosieve.host import Problem


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
    if summary["statistics"] is not None:
        print_statistics(SampleStatistics.model_validate(summary["statistics"]), console, errors)
    failures = [f"{row['image'] or 'run'}, {row['stage']}: {row['error']}" for row in summary["failures"]]
    print_list(errors, failures, "failed")
    images = outcome.tables.images
    noted = images[images["warnings"] != ""]
    print_list(errors, [": ".join(row) for row in noted[["image", "warnings"]].to_numpy(str)], "note")
    print_list(errors, [str(problem) for problem in problems], "plugin problem")
    console.print(f"results in {outcome.folder}", markup=False, soft_wrap=True)
    for path in outcome.written:
        if path.suffix == ".html":
            console.print(f"report: {path}", markup=False, soft_wrap=True)
    if outcome.interrupted:
        errors.print("stopped; nothing is lost: the same command goes on from here", markup=False)
