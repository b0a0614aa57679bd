"""Registries on this machine, each test with its own, and servers of a lab, which tests share."""

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab_servers import PASSWORD, start_on_sqlite, start_server
from postgres import BUCKET, postgres, s3_store


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


class Lab:
    """A running server, which tests may kill and start again."""

    def __init__(self, server):
        self.server = server

    @property
    def uri(self):
        return self.server.uri

    def restart(self):
        self.server = self.server.again()


@pytest.fixture(scope="session", params=("sqlite", "postgres"))
def lab(request, tmp_path_factory, empty_database):
    """A lab's server with accounts, on SQLite, and on PostgreSQL with S3 where PostgreSQL is installed."""
    folder = tmp_path_factory.mktemp("lab")
    with ExitStack() as stack:
        if request.param == "sqlite":
            running = Lab(start_on_sqlite(folder, empty_database))
        else:
            databases = stack.enter_context(postgres("mlflow", "accounts"))
            environment, *_ = stack.enter_context(s3_store(folder))
            running = Lab(
                start_server(
                    folder,
                    databases["mlflow"],
                    f"s3://{BUCKET}/mlflow",
                    environment=environment,
                    accounts=databases["accounts"],
                )
            )
        stack.callback(lambda: running.server.stop())
        yield running


@pytest.fixture
def act(lab, tmp_path, monkeypatch):
    """Become a user of the server; returns the registry as that user sees it. Accounts are made at need."""
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", lab.uri)

    def become(user):
        from nanosieve_registry.cache import Cache
        from nanosieve_registry.registry import Registry

        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        return Registry(lab.uri, Cache(tmp_path / f"cache_{user}"))

    return become


# Of MLflow 3.17 with newer libraries than its own.
WARNINGS = ("ignore:The ``noload`` loader strategy", "ignore:.*Any type hint is inferred")


def pytest_collection_modifyitems(items):
    """Warnings are errors; those that MLflow causes are not ours to mend."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for warning in WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))
