"""A real MLflow server: what it keeps, what one can write over there, and what works when it is down."""

import os
import shutil
import socket
import subprocess
import sys
import time

import pytest
import requests

from nanosieve import Host
from nanosieve.errors import ModelError
from nanosieve.loading import load_segmenter
from nanosieve.models import WEIGHTS
from nanosieve_registry.errors import ChangedError, UnreachableError
from nanosieve_registry.registry import Registry
from nanosieve_registry.verifying import verify
from registered import command, threshold_bundle, weights_bundle

HOST = Host()
PATIENCE = 15.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db"),
                *("--artifacts-destination", str(self.folder / "kept")),
                *("--host", "127.0.0.1", "--port", str(self.port)),
            ],
            env={
                **os.environ,
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
                "MLFLOW_DISABLE_TELEMETRY": "true",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + 180
        while time.monotonic() < end:
            try:
                if requests.get(f"{self.uri}/health", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.2)
        raise TimeoutError("the server did not start")

    def stop(self):
        os.killpg(self.process.pid, 15)
        self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def server(empty_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    shutil.copyfile(empty_database, folder / "mlflow.db")
    running = Server(folder)
    running.start()
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def there(server, tmp_path, monkeypatch):
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    return Registry()


def test_a_server_keeps_neither_code_nor_pickle_nor_a_place_of_the_publisher(there, server, tmp_path):
    there.publish(weights_bundle(tmp_path / "bundle", seed=1), "kept")
    files = [path for path in (server.folder / "kept").rglob("*") if path.is_file()]
    assert {path.name for path in files} == {
        *("MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "model.json", WEIGHTS)
    }
    for path in files:
        content = path.read_bytes()
        assert not content.startswith((b"PK", b"\x80")), path.name
        assert str(tmp_path).encode() not in content
    assert verify(there, "kept/1", HOST).problem == ""


def test_weights_put_over_registered_ones_are_refused(there, tmp_path, capsys):
    there.publish(weights_bundle(tmp_path / "bundle", seed=2), "spheres", alias="champion")
    source = there.store.client.get_model_version_download_uri("spheres", "1").removeprefix(
        "mlflow-artifacts:/"
    )
    other = weights_bundle(tmp_path / "other", seed=3) / WEIGHTS
    answer = requests.put(
        f"{there.uri}/api/2.0/mlflow-artifacts/artifacts/{source}/data/bundle/{WEIGHTS}",
        data=other.read_bytes(),
        timeout=30,
    )
    assert answer.status_code == 200
    with pytest.raises(ChangedError, match=r"'weights\.safetensors' was changed since it was published"):
        there.resolve("spheres@champion")
    with pytest.raises(ModelError, match="was changed"):
        load_segmenter("spheres@champion", HOST)
    assert "was changed" in verify(there, "spheres/1", HOST).problem
    code, _, err = command(capsys, "models", "fetch", "spheres@champion")
    assert code == 1
    assert "was changed" in err


def test_a_version_is_copied_from_one_registry_to_another(there, registry_beside, tmp_path, capsys):
    there.publish(threshold_bundle(tmp_path / "bundle"), "copied", alias="champion")
    code, _, err = command(
        capsys,
        "models",
        "copy",
        "copied@champion",
        "--from",
        there.uri,
        "--to",
        registry_beside,
        "--name",
        "ours",
    )
    assert code == 0, err
    (version,) = Registry(registry_beside).versions("ours")
    assert version.digest == there.versions("copied")[0].digest
    assert version.aliases == ("candidate",)
    assert version.tags["nanosieve.origin"] == f"copied/1 of {there.uri}"


@pytest.fixture
def registry_beside(empty_database, tmp_path):
    shutil.copyfile(empty_database, tmp_path / "beside.db")
    return f"sqlite:///{tmp_path}/beside.db"


def test_a_server_that_is_down_is_replaced_by_copies_and_named_otherwise(there, server, tmp_path):
    there.publish(threshold_bundle(tmp_path / "bundle"), "used", alias="champion")
    version = there.resolve("used@champion")
    there.publish(threshold_bundle(tmp_path / "other", neck=0.8), "never_used")
    server.stop()
    try:
        for reference in ("used@champion", "used/1", f"used@sha256:{version.digest}"):
            began = time.monotonic()
            loaded = load_segmenter(reference, HOST)
            assert time.monotonic() - began < PATIENCE
            assert loaded.model_digest == version.digest
        note = load_segmenter("used@champion", HOST).note
        assert "used@champion is used/1, as it was on" in note
        assert server.uri in note
        with pytest.raises(
            UnreachableError, match=rf"{server.uri} cannot be reached.*no copy of 'never_used/1'"
        ):
            Registry().resolve("never_used/1")
    finally:
        server.start()


@pytest.mark.parametrize("arguments", [("list",), ("show", "spheres/1"), ("publish", "shipped:se-segmenter")])
def test_a_dead_server_is_an_error_that_names_its_address(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    began = time.monotonic()
    # nothing listens on the port of the discard service
    code, _, err = command(capsys, "models", *arguments, "--registry", "http://127.0.0.1:9")
    assert time.monotonic() - began < PATIENCE
    assert code == 1
    assert "http://127.0.0.1:9 cannot be reached" in err


def test_a_server_that_says_nothing_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(UnreachableError, match=f"{uri} cannot be reached: it does not answer"):
            Registry(uri).models()
        assert time.monotonic() - began < PATIENCE
