"""Files of a version, from the store to a folder, and only if they are those that were published."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from nanosieve.errors import ModelError
from nanosieve_registry.bundle_files import digests_of
from nanosieve_registry.errors import ChangedError, RegistryError
from nanosieve_registry.mlflow_flavor import LOADER_MODULE
from nanosieve_registry.mlflow_store import Store
from nanosieve_registry.permissions import on_model
from nanosieve_registry.publishing import BUNDLE
from nanosieve_registry.server_errors import remedy
from nanosieve_registry.storage import check_storage
from nanosieve_registry.versions import Version

# What MLflow writes beside the bundle; a server adds the last one.
OF_MLFLOW = frozenset(
    {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "registered_model_meta"}
)
DATA = f"data/{BUNDLE}"


@contextmanager
def fetched(store: Store, version: Version) -> Iterator[Path]:
    """The folder of a version's bundle, checked; it is removed afterwards.

    Raises
    ------
    ChangedError
        If a file is missing, was added or changed, or a loader is named that is not ours.
    """
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    if not version.files:
        raise RegistryError(
            f"{str(version)!r} in {store.uri} was not published by nanosieve: it has no digests to check it by; "
            "publish its bundle with `nanosieve models publish`"
        )
    with tempfile.TemporaryDirectory() as folder:
        try:
            # not by a models: URI, which MLflow looks up in the process's own store
            source = store.client.get_model_version_download_uri(version.name, str(version.version))
            check_storage(source)
            place = download_artifacts(artifact_uri=source, tracking_uri=store.uri, dst_path=folder)
        except (MlflowException, OSError) as error:
            raise RegistryError(
                f"the files of {str(version)!r} cannot be read from {store.uri}: {error}"
                f"{remedy(error, on_model('READ', version.name))}"
            ) from error
        check(Path(place), version)
        yield Path(place) / DATA


def check(model: Path, version: Version) -> None:
    """Check the files of a logged model against the digests of its version; see `fetched`."""
    foreign = sorted(
        path.relative_to(model).as_posix()
        for path in model.rglob("*")
        if not path.is_dir() and not path.relative_to(model).as_posix().startswith(f"{DATA}/")
    )
    strange = [name for name in foreign if name not in OF_MLFLOW]
    if strange:
        raise ChangedError(f"{str(version)!r} holds {strange[0]!r}, which nanosieve did not publish")
    _check_loader(model / "MLmodel", version)
    try:
        found = digests_of(model / DATA)
    except ModelError as error:
        raise ChangedError(f"{str(version)!r} was changed in the registry: {error}") from error
    for name in sorted(found.keys() | version.files.keys()):
        if found.get(name) != version.files.get(name):
            how = (
                "is missing"
                if name not in found
                else "was added"
                if name not in version.files
                else "was changed"
            )
            raise ChangedError(
                f"{str(version)!r} was changed in the registry: {name!r} {how} since it was published; "
                "do not use it, and publish the bundle anew from a copy that you trust"
            )


def _check_loader(file: Path, version: Version) -> None:
    """Refuse a model whose loading would run other code than ours, though nothing here ever loads it so."""
    try:
        flavors = yaml.safe_load(file.read_text("utf-8"))["flavors"]
        ours = flavors["python_function"]
        same = set(flavors) == {"python_function"} and ours["loader_module"] == LOADER_MODULE
        code = ours.get("code")
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ChangedError(f"{str(version)!r}: its MLmodel cannot be read: {error}") from error
    if not same or code is not None:
        raise ChangedError(f"{str(version)!r}: its MLmodel names code or a loader that is not nanosieve's")
