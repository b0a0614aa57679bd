"""Progress of training, on standard error: a bar on a terminal; elsewhere a line for each epoch and what precedes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from nanosieve.fitting import FitProgress

# Where a metric is written otherwise than its column.
NAMES = {"iou": "IoU"}


@contextmanager
def training_progress() -> Iterator[Callable[[FitProgress], None]]:
    """What to call as training goes on."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        begun: set[str] = set()

        def report(progress: FitProgress) -> None:
            if not console.is_terminal and not progress.epoch and progress.stage not in begun:
                begun.add(progress.stage)
                console.print(f"{progress.stage}: {progress.total}", markup=False, highlight=False)
            bar.update(task, description=describe(progress), completed=progress.done, total=progress.total)
            if progress.scores is not None:
                # on a terminal the line stays above the bar
                console.print(describe(progress), markup=False, highlight=False, soft_wrap=True)

        yield report


def describe(progress: FitProgress) -> str:
    """One line: ``epoch 3/60, loss 0.213, validation IoU 0.81 (best 0.82), 0:12:30 left``."""
    if not progress.epoch:
        return progress.stage
    stage = "" if progress.scores is not None else f"{progress.stage}, "
    parts = [f"{stage}epoch {progress.epoch}/{progress.epochs}"]
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.4f}")
    if progress.score is not None:
        name = NAMES.get(progress.metric, progress.metric.replace("_", " "))
        parts.append(f"validation {name} {progress.score:.4f} (best {progress.best_score:.4f})")
    if progress.seconds_left is not None:
        parts.append(f"{timedelta(seconds=round(progress.seconds_left))} left")
    return ", ".join(parts)
