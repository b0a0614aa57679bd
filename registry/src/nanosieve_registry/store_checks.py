"""What may be wrong with a store before it is opened, and the command that helps."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nanosieve_registry.errors import RegistryError
from nanosieve_registry.store_mark import revision_of

# Experiments of nanosieve keep their files in a folder of this name beside the database.
ARTIFACTS = "artifacts"


def check_database(database: Path) -> None:
    """Refuse a database that the installed MLflow must not open as it is.

    Raises
    ------
    RegistryError
        If it is no database of MLflow, of another version, or was moved; the message has the command that helps.
    """
    try:
        revision = revision_of(database)
        tables = revision is not None or _has_tables(database)
    except sqlite3.Error as error:
        raise RegistryError(f"{str(database)!r} is no SQLite database: {error}") from error
    if not tables:  # empty: killed while it was being made
        return
    if revision is None:
        raise RegistryError(
            f"{str(database)!r} is a database of something else than MLflow; name another file"
        )
    _check_revision(database, revision)
    moved = former_artifacts(database)
    if moved is not None:
        raise RegistryError(
            f"the store {str(database)!r} was moved or copied: it looks for its files in {str(moved)!r}; "
            f"`nanosieve models migrate --registry sqlite:///{database}` keeps a backup and corrects that"
        )


def former_artifacts(database: Path) -> Path | None:
    """The folder in which a database that was moved looks for its files; None where it was not moved."""
    here = (database.resolve().parent / ARTIFACTS).as_uri()
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT name, artifact_location FROM experiments WHERE name LIKE 'nanosieve-%' ORDER BY experiment_id"
        ).fetchall()
    for name, location in rows:
        end = f"/{ARTIFACTS}/{Path(name).as_posix()}"
        place = unquote(urlsplit(location).path) if location.startswith("file:") else ""
        if place.endswith(end) and not location.startswith(f"{here}/"):
            return Path(place.removesuffix(end)) / ARTIFACTS
    return None


def is_older(revision: str) -> bool:
    """Whether the installed MLflow can bring tables of this revision up to date; False for one that it does not know.

    The newest revision itself is not older.
    """
    return revision != _newest() and revision in _known()


def _check_revision(database: Path, revision: str) -> None:
    import importlib.metadata

    if revision == _newest():
        return
    version = importlib.metadata.version("mlflow")
    if is_older(revision):
        raise RegistryError(
            f"the store {str(database)!r} was written by an MLflow before {version}; "
            f"`nanosieve models migrate --registry sqlite:///{database}` keeps a backup and brings it up to date"
        )
    raise RegistryError(
        f"the store {str(database)!r} was written by an MLflow after {version}, which cannot read it; "
        "bring nanosieve and MLflow up to date here (pip install --upgrade nanosieve-registry mlflow), "
        "or name another store with --registry"
    )


def _newest() -> str:
    from mlflow.store.db.utils import _get_latest_schema_revision

    return str(_get_latest_schema_revision())


def _known() -> set[str]:
    from alembic.script import ScriptDirectory
    from mlflow.store.db.utils import _get_alembic_config

    return {
        script.revision for script in ScriptDirectory.from_config(_get_alembic_config("")).walk_revisions()
    }


def _has_tables(database: Path) -> bool:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
