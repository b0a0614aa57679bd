"""Which labelled images a classifier can be scored on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from nanosieve.errors import UsageError


class WithClasses(Protocol):
    """An entry that knows before it is loaded which of its particles have a shape class."""

    @property
    def classes(self) -> Mapping[int, str]: ...


E = TypeVar("E", bound=WithClasses)


def with_classes(entries: Sequence[E], data: Path) -> list[E]:
    """The entries of which some particle has a class.

    Parameters
    ----------
    data : the file that describes them, for the message

    Raises
    ------
    UsageError
        If there is none.
    """
    chosen = [entry for entry in entries if entry.classes]
    if not chosen:
        raise UsageError(
            f"{str(data)!r} says of none of its {len(entries)} images which shapes its particles have; add "
            'classes = "classes.csv" to a [[source]], a table with the columns image, instance and class, or set '
            'format = "folders" for pictures of single particles in a folder for each class'
        )
    return chosen
