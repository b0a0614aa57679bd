"""Two labs with MLflow servers of their own, with authentication, which never see each other."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests

from nanosieve import Host
from nanosieve.errors import NanosieveError
from nanosieve.models import WEIGHTS, file_sha256
from nanosieve_registry.cache import Cache
from nanosieve_registry.exchange.exporting import Statements, export_model
from nanosieve_registry.exchange.importing import import_model
from nanosieve_registry.exchange.keys import create_key, write_public
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.registry import Registry
from nsmodel_files import write_bundle

HOST = Host()
PASSWORD = "long enough for 3.17"
STARTED_S = 240

AUTHENTICATION = """[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///{folder}/auth.db
admin_username = admin
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 60
"""


@pytest.fixture
def server(tmp_path, empty_database):
    """Start a server of a lab; returns its address and what ends it."""
    running = []

    def start(lab):
        folder = tmp_path / lab
        folder.mkdir(exist_ok=True)
        shutil.copyfile(empty_database, folder / "mlflow.db")
        (folder / "auth.ini").write_text(AUTHENTICATION.format(folder=folder))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--app-name", "basic-auth", "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
                *("--artifacts-destination", str(folder / "artifacts")),
                *("--host", "127.0.0.1", "--port", str(port)),
            ],
            env={
                **os.environ,
                "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
                "MLFLOW_FLASK_SERVER_SECRET_KEY": "of a test",
                "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
                "MLFLOW_DISABLE_TELEMETRY": "true",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        running.append(process)
        uri, end = f"http://127.0.0.1:{port}", time.monotonic() + STARTED_S
        while time.monotonic() < end:
            assert process.poll() is None, "the server ended at once"
            try:
                if requests.get(f"{uri}/health", timeout=2).ok:
                    return uri, lambda: stop(process)
            except requests.RequestException:
                time.sleep(0.2)
        raise TimeoutError("the server did not start")

    yield start
    for process in running:
        stop(process)


def stop(process):
    """End a server with its workers."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


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
