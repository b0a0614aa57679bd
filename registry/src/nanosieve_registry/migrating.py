"""A store of an older MLflow, or one that was moved, is made usable; a backup is kept."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import filelock

from nanosieve.errors import UsageError
from nanosieve_registry.errors import RegistryError
from nanosieve_registry.mlflow_store import SETTINGS, SQLITE, database_of, store_uri
from nanosieve_registry.store_checks import ARTIFACTS, check_database, former_artifacts, is_older
from nanosieve_registry.store_mark import revision_of

# Where MLflow 3.17 keeps whole addresses of files.
ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("model_versions", "source"),
)


def migrate(uri: str | None, say: Callable[[str], None]) -> None:
    """Bring the tables of a database up to date, and correct the addresses of its files.

    Parameters
    ----------
    say : called with a sentence for people after each step

    Raises
    ------
    UsageError
        If the store is not a database on this machine.
    RegistryError
        If the database cannot be brought up to date; the backup is as it was.
    """
    database = database_of(store_uri(uri))
    if database is None:
        raise UsageError(f"{uri!r} is a server; whoever runs it brings its database up to date")
    if not database.is_file():
        raise UsageError(f"there is no database {str(database)!r}")
    with filelock.FileLock(f"{database}.lock"):
        revision = revision_of(database)
        older = revision is not None and is_older(revision)
        moved = former_artifacts(database)
        if not older and moved is None:
            check_database(database)
            say(f"{database} needs nothing")
            return
        say(f"backup in {_back_up(database)}")
        if older:
            _upgrade(database)
            say("its tables are up to date")
        if moved is not None:
            count = _relocate(database, moved.as_uri(), (database.resolve().parent / ARTIFACTS).as_uri())
            say(f"{count} addresses of files in {moved} corrected")
        check_database(database)


def _back_up(database: Path) -> Path:
    backup = database.with_name(f"{database.name}.backup-{datetime.now():%Y%m%d-%H%M%S}")
    # not a copy of the file: another process may be writing
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    return backup


def _upgrade(database: Path) -> None:
    import os

    finished = subprocess.run(
        [sys.executable, "-m", "mlflow", "db", "upgrade", f"{SQLITE}{database}"],
        capture_output=True,
        text=True,
        env={**SETTINGS, **os.environ},
    )
    if finished.returncode:
        lines = [line for line in finished.stderr.splitlines() if "Error" in line] or ["it does not say why"]
        raise RegistryError(
            f"MLflow could not bring {str(database)!r} up to date: {lines[-1]}; the backup is as it was"
        )


def _relocate(database: Path, before: str, after: str) -> int:
    count = 0
    with closing(sqlite3.connect(database)) as connection, connection:
        for table, column in ADDRESSES:
            count += connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                (after, len(before) + 1, len(before) + 1, f"{before}/"),
            ).rowcount
    return count
