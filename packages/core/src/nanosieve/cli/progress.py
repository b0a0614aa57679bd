"""Progress over images and stages, on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from nanosieve.batch import Report


@contextmanager
def progress_over(total: int) -> Iterator[Report]:
    """A bar with the image at work and its stage; on a pipe or in a file, nothing but the end."""
    columns = (
        TextColumn("{task.fields[image]}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting", total=total, image="")
        yield lambda done, image, stage: progress.update(task, completed=done, image=image, description=stage)
