"""Where MLflow keeps runs: the server or store that the user names, else a SQLite store of this user."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import platformdirs

if TYPE_CHECKING:
    from mlflow import MlflowClient

URI_VARIABLE = "MLFLOW_TRACKING_URI"
# Set before mlflow is imported, unless the user has set them.
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # a dead server is an error within seconds, not minutes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}


def data_folder() -> Path:
    """The folder of this user's own store."""
    return platformdirs.user_data_path("nanosieve") / "mlflow"


def open_store(experiment: str) -> tuple[str, MlflowClient, str]:
    """URI of the store, a client of it, and the id of an experiment, which is made where there is none."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    # it tells of each table that it makes
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    uri = os.environ.get(URI_VARIABLE)
    if uri:
        client = MlflowClient(tracking_uri=uri)
        return uri, client, _experiment(client, experiment, None)
    from mlflow.utils.file_utils import path_to_local_sqlite_uri

    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    uri = path_to_local_sqlite_uri(str(folder / "mlflow.db"))
    # two processes that make the tables at the same time break them
    with filelock.FileLock(folder / "mlflow.lock"):
        client = MlflowClient(tracking_uri=uri)
        return uri, client, _experiment(client, experiment, folder / "artifacts")


def _experiment(client: MlflowClient, name: str, artifacts: Path | None) -> str:
    """Its id. Without a root of artifacts of its own, a SQLite store puts them where the command was started."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = None if artifacts is None else (artifacts / name).resolve().as_uri()
    return str(client.create_experiment(name, artifact_location=location))
