"""A note beside a database: which MLflow has opened it, and where it lay then."""

from __future__ import annotations

import importlib.metadata
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from nanosieve.writing import write_text


def _mark(database: Path) -> Path:
    return database.with_name(f"{database.name}.opened.json")


def _now(database: Path) -> dict[str, str | None]:
    return {
        "mlflow": importlib.metadata.version("mlflow"),
        "revision": revision_of(database),
        "place": str(database.resolve()),
    }


def revision_of(database: Path) -> str | None:
    """The revision of the tables of a database of MLflow; None where it holds none.

    Raises
    ------
    sqlite3.DatabaseError
        If it is no SQLite database.
    """
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        names = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if "alembic_version" not in names:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def mark_opened(database: Path) -> None:
    """Note that the installed MLflow has opened a database, and found its tables to be its own."""
    if not was_opened(database):
        write_text(_mark(database), json.dumps(_now(database), indent=2) + "\n")


def was_opened(database: Path) -> bool:
    """Whether the installed MLflow has opened this database here, and nothing has happened to its tables since."""
    try:
        return bool(json.loads(_mark(database).read_text("utf-8")) == _now(database))
    except (OSError, ValueError, sqlite3.Error):
        return False
