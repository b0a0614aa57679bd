"""Two labs with MLflow servers of their own, with authentication, which never see each other."""

import pytest

from lab_servers import PASSWORD, start_on_sqlite
from nanosieve import Host
from nanosieve.errors import NanosieveError
from nanosieve.models import WEIGHTS, file_sha256
from nanosieve_registry.cache import Cache
from nanosieve_registry.exchange.exporting import Statements, export_model
from nanosieve_registry.exchange.importing import import_model
from nanosieve_registry.exchange.keys import write_public
from nanosieve_registry.exchange.signing_key import create_key
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.registry import Registry
from nsmodel_files import write_bundle

HOST = Host()


@pytest.fixture
def server(tmp_path, empty_database):
    """Start a server of a lab; returns its address and what ends it."""
    running = []

    def start(lab):
        started = start_on_sqlite(tmp_path / lab, empty_database)
        running.append(started)
        return started.uri, started.stop

    yield start
    for each in running:
        each.stop()


def test_a_exports_and_is_gone_and_b_imports_from_the_file_alone(server, tmp_path, monkeypatch):
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    own = create_key(tmp_path / "signing", "lab-a")
    bundle = write_bundle(tmp_path / "bundle")

    uri, end = server("a")
    with pytest.raises(NanosieveError):
        Registry(uri, Cache(tmp_path / "nobody")).versions("spheres")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    registry = Registry(uri, Cache(tmp_path / "cache_a"))
    version = registry.publish(bundle, "spheres", alias="champion")
    folder = registry.resolve("spheres@champion").folder
    file = export_model(
        folder,
        tmp_path / "spheres.nsmodel",
        own,
        HOST,
        Statements(name="spheres", version=str(version.version)),
    ).path
    end()

    trust = TrustStore(tmp_path / "trust", tmp_path / "signing_b")
    trust.add(write_public(tmp_path / "lab-a.pub", own.public), own.public.keyid)
    registry = Registry(server("b")[0], Cache(tmp_path / "cache_b"))
    imported = import_model(file, trust, HOST, registry)
    assert (str(imported.version), imported.version.aliases) == ("lab-a.spheres/1", ("candidate",))
    fetched = registry.resolve("lab-a.spheres/1").folder
    assert file_sha256(fetched / WEIGHTS) == file_sha256(bundle / WEIGHTS)
    again = import_model(file, trust, HOST, registry)
    assert (again.version, again.new) == (imported.version, False)
    assert [each.version for each in registry.versions("lab-a.spheres")] == [1]
