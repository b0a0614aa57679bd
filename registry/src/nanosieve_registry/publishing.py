"""A bundle becomes a version: files first, then the version with its digests, then the alias."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nanosieve_registry.bundle_files import content_digest, digests_of
from nanosieve_registry.experiments import of_model
from nanosieve_registry.mlflow_flavor import LOADER_MODULE, signature
from nanosieve_registry.mlflow_store import Store
from nanosieve_registry.reading import BundleFacts
from nanosieve_registry.storage import check_storage
from nanosieve_registry.versions import CONTENT, DIGEST, FILES, Version, version_of

# In the files of a logged model, whatever the folder was called.
BUNDLE = "bundle"


def publish(
    store: Store, facts: BundleFacts, name: str, *, tags: Mapping[str, str], run_id: str | None
) -> Version:
    """Log the files of a bundle and register them as the next version of a name.

    Parameters
    ----------
    facts : of a bundle that was checked
    run_id : of the run in this store that it comes from
    """
    client = store.client
    experiment = store.experiment(of_model(name))
    digests = digests_of(facts.folder)
    logged = client.create_logged_model(
        experiment, name=_plain(name), source_run_id=run_id, model_type=facts.kind
    )
    check_storage(str(logged.artifact_location))
    with tempfile.TemporaryDirectory() as folder:
        _save(facts.folder, Path(folder) / "model", logged.model_id)
        client.log_model_artifacts(logged.model_id, str(Path(folder) / "model"))
    client.finalize_logged_model(logged.model_id, "READY")
    ensure_registered(client, name)
    with store.as_global():
        made = client.create_model_version(
            name,
            source=f"models:/{logged.model_id}",
            run_id=run_id,
            model_id=logged.model_id,
            tags={
                **facts.tags,
                **tags,
                DIGEST: facts.digest,
                CONTENT: content_digest(digests),
                FILES: json.dumps(digests),
            },
        )
    return version_of(client.get_model_version(name, made.version))


def _save(bundle: Path, target: Path, model_id: str) -> None:
    """The files of an MLflow model. It is not told where it lies: that would name a folder of this machine."""
    import mlflow.pyfunc
    from mlflow.models import Model

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # an example of the input would be a micrograph of the laboratory
        warnings.filterwarnings("ignore", ".*input example.*")
        staged = Path(shutil.copytree(bundle, Path(folder) / BUNDLE))
        mlflow.pyfunc.save_model(
            str(target),
            loader_module=LOADER_MODULE,
            data_path=str(staged),
            signature=signature(),
            pip_requirements=requirements(),
            mlflow_model=Model(model_uuid=model_id, model_id=model_id),
        )


def requirements() -> list[str]:
    """What it takes to serve a model of this installation."""
    names = ("nanosieve-registry", "nanosieve-segmenters", "nanosieve-classifiers")
    return [f"{name}=={importlib.metadata.version(name)}" for name in names]


def ensure_registered(client: Any, name: str) -> None:
    """Make a model of this name, unless there is one."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _plain(name: str) -> str:
    """A name for a logged model, where MLflow allows less than in the name of a registered one."""
    return "".join(letter if letter.isalnum() or letter in "-_ " else "-" for letter in name)
