"""One program at a time writes into a results folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from nanosieve.errors import OutputError
from nanosieve.writing import make_folder

HIDDEN = ".nanosieve"


@contextmanager
def results_lock(folder: Path) -> Iterator[None]:
    """Keep other runs out of a results folder, which is made where it is missing.

    Raises
    ------
    OutputError
        If another run is writing there, or nothing can be written.
    """
    make_folder(folder / HIDDEN)
    lock = filelock.FileLock(folder / HIDDEN / "lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise OutputError(
            f"another run is writing into {str(folder)!r}; wait for it, or give another folder with --out"
        ) from error
    try:
        yield
    finally:
        lock.release()
