"""Which of the labelled images are scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from nanosieve.errors import UsageError

ALL = "all"


class InSplit(Protocol):
    """An entry that belongs to a split."""

    @property
    def split(self) -> str: ...


E = TypeVar("E", bound=InSplit)


def select(entries: Sequence[E], split: str, limit: int | None, data: Path) -> list[E]:
    """The entries of a split, in their order; with a limit, evenly spread over them.

    Parameters
    ----------
    split : ``"train"``, ``"validation"``, ``"test"`` or ``"all"``
    limit : at most so many; None for all
    data : the file that describes them, for the message

    Raises
    ------
    UsageError
        If the split is empty; the message says which splits are not.
    """
    chosen = [entry for entry in entries if split in (entry.split, ALL)]
    if not chosen:
        counts = Counter(entry.split for entry in entries)
        there = ", ".join(f"{count} of {name!r}" for name, count in sorted(counts.items())) or "none"
        raise UsageError(
            f"{str(data)!r} has no image of split {split!r}; it has {there}: choose with --split, or set splits there"
        )
    if limit is None or limit >= len(chosen):
        return chosen
    return [chosen[index] for index in np.linspace(0, len(chosen), limit, endpoint=False).astype(int)]
