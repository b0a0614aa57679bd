"""Registries on this machine, each test with its own."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database of MLflow without models; making one takes seconds, copying it does not."""
    from nanosieve_registry.mlflow_store import open_store

    database = tmp_path_factory.mktemp("template") / "mlflow.db"
    open_store(f"sqlite:///{database}")
    return database


@pytest.fixture
def registry(empty_database, tmp_path, monkeypatch):
    """An empty registry, which commands and model references mean as well, with a cache of its own."""
    from nanosieve_registry.registry import Registry

    store = tmp_path / "store"
    store.mkdir()
    shutil.copyfile(empty_database, store / "mlflow.db")
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{store}/mlflow.db")
    return Registry()


# Of MLflow 3.17 with newer libraries than its own.
WARNINGS = ("ignore:The ``noload`` loader strategy", "ignore:.*Any type hint is inferred")


def pytest_collection_modifyitems(items):
    """Warnings are errors; those that MLflow causes are not ours to mend."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for warning in WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))
