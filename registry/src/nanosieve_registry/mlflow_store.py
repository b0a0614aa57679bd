"""An MLflow store: the server or database that the user names, else a SQLite database of this user."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import filelock

from nanosieve.errors import UsageError
from nanosieve.writing import make_folder
from nanosieve_registry.places import VARIABLE, data_folder
from nanosieve_registry.server_errors import check_alive
from nanosieve_registry.store_checks import ARTIFACTS, check_database
from nanosieve_registry.store_mark import mark_opened, was_opened

if TYPE_CHECKING:
    from mlflow import MlflowClient

URI_VARIABLE = "MLFLOW_TRACKING_URI"
SQLITE = "sqlite:///"
# What SQLAlchemy takes for the beginning of options, and SQLite for the code of a letter.
UNUSABLE = frozenset("?%")
# Set before mlflow is imported, unless the user has set them.
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # a dead server is an error within seconds, not minutes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
# Set whatever the user has set: an S3 store that only the server reaches would make direct reads hang for minutes.
FIXED = {
    "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "false",
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "false",
}
_global_uri = RLock()


@dataclass(frozen=True)
class Store:
    """An open store.

    Attributes
    ----------
    uri : of the server or database
    client : of this store alone, whatever the process has set
    artifacts : folder of its files where the store is a database on this machine, else None
    """

    uri: str
    client: MlflowClient
    artifacts: Path | None

    def experiment(self, name: str) -> str:
        """The id of an experiment, which is made where there is none."""
        from mlflow.exceptions import MlflowException

        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        # a SQLite store without a place of its own for files puts them where the command was started
        place = None if self.artifacts is None else (self.artifacts / name).as_uri()
        try:
            return str(self.client.create_experiment(name, artifact_location=place))
        except MlflowException:  # another process was faster
            found = self.client.get_experiment_by_name(name)
            if found is None:
                raise
            return str(found.experiment_id)

    def user(self) -> str | None:
        """The account that a server is asked with; None for a database, and where none is named."""
        if self.artifacts is not None:
            return None
        from mlflow.utils.credentials import read_mlflow_creds

        # of the environment, else of the file that MLflow keeps them in
        return read_mlflow_creds().username

    @contextmanager
    def as_global(self) -> Iterator[None]:
        """Make this the process's store for a moment: MLflow looks up the files of a new version there."""
        import mlflow

        with _global_uri:
            before = os.environ.get(URI_VARIABLE)
            mlflow.set_tracking_uri(self.uri)
            try:
                yield
            finally:
                mlflow.set_tracking_uri(None)
                if before is not None:
                    os.environ[URI_VARIABLE] = before


def embedded_database() -> Path:
    """The database of this user's own store."""
    return data_folder() / "mlflow" / "mlflow.db"


def store_uri(uri: str | None = None) -> str:
    """The store that is meant: the one named, else that of ``MLFLOW_TRACKING_URI``, else this user's own."""
    chosen = uri or os.environ.get(URI_VARIABLE) or SQLITE + str(embedded_database())
    database = database_of(chosen)
    # the same store, wherever a command is started
    return chosen.rstrip("/") if database is None else SQLITE + str(database)


def database_of(uri: str) -> Path | None:
    """The file of a SQLite store; None for a server."""
    if not uri.startswith(SQLITE):
        return None
    return Path(uri[len(SQLITE) :]).absolute()


def open_store(uri: str | None = None) -> Store:
    """Open a store; a SQLite database is made where there is none.

    Parameters
    ----------
    uri : ``http://...`` or ``sqlite:///...``; None for the usual one

    Raises
    ------
    UsageError
        If it is of a kind that cannot be used.
    """
    chosen = store_uri(uri)
    client = _client_class()
    database = database_of(chosen)
    if database is None:
        check_kind(chosen)
        check_alive(chosen)
        return Store(chosen, client(tracking_uri=chosen, registry_uri=chosen), None)
    if set(str(database)) & UNUSABLE:
        raise UsageError(
            f"{str(database)!r} cannot be a store: SQLite's address must not hold ? or %; "
            f"name another folder with {VARIABLE} or another database with --registry"
        )
    make_folder(database.parent)
    artifacts = database.resolve().parent / ARTIFACTS
    # two processes that make the tables at the same time break them
    with filelock.FileLock(f"{database}.lock"):
        if database.exists() and not was_opened(database):
            check_database(database)
        if not database.exists():
            _make_tables(chosen, artifacts)
        opened = client(tracking_uri=chosen, registry_uri=chosen)
        opened.search_registered_models(max_results=1)
        mark_opened(database)
    return Store(chosen, opened, artifacts)


def check_kind(uri: str) -> None:
    """Refuse what is neither a server nor a SQLite database.

    Raises
    ------
    UsageError
        With the command that makes a database of a file store.
    """
    scheme = urlsplit(uri).scheme
    if scheme in ("http", "https"):
        return
    if scheme == "file" or (not scheme and Path(uri).is_dir()):
        folder = unquote(urlsplit(uri).path) or "."
        raise UsageError(
            f"{uri!r} is a file store, which MLflow keeps no models in any more; `mlflow migrate-filestore --source "
            f"{folder} --target sqlite:///{Path(folder).absolute()}.db` makes a database of it, the folder stays as it "
            f"is; then name it with --registry sqlite:///{Path(folder).absolute()}.db"
        )
    raise UsageError(f"{uri!r} is no registry; write http://..., https://... or sqlite:///file.db")


def _make_tables(uri: str, artifacts: Path) -> None:
    """A new database. MLflow's own first use would let the files of its first experiment lie where one works."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    SqlAlchemyStore(uri, artifacts.as_uri())


def _client_class() -> type[MlflowClient]:
    import_mlflow()
    from mlflow import MlflowClient

    return MlflowClient


def import_mlflow() -> None:
    """Import MLflow for the first time with nanosieve's settings: no telemetry, nothing unpickled, little talk."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ.update(FIXED)
    import mlflow  # noqa: F401  it reads the settings once

    # it tells of each table that it makes
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
