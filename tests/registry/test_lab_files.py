"""A server whose store of files does not answer, and a store past the server: an error within half a minute."""

import os
import shutil
import signal
import socket
import time
from contextlib import ExitStack, contextmanager

import pytest

from lab_servers import PASSWORD, start_server
from nanosieve import Host
from nanosieve_registry.errors import UnreachableError
from nanosieve_registry.exchange.exporting import export_model
from nanosieve_registry.exchange.keys import write_public
from nanosieve_registry.exchange.places import trust_store
from nanosieve_registry.exchange.signing_key import create_key
from nsmodel_files import write_bundle
from postgres import BUCKET, s3_store
from registered import command, threshold_bundle

HOST = Host()
PATIENCE_S = 30
HINT = "--artifacts-destination) is out of its reach"


@pytest.fixture(scope="module")
def s3_lab(tmp_path_factory, empty_database):
    """Address of a server that keeps its files in S3, and the process of the S3 store."""
    folder = tmp_path_factory.mktemp("s3_lab")
    shutil.copyfile(empty_database, folder / "mlflow.db")
    with ExitStack() as stack:
        environment, s3 = stack.enter_context(s3_store(folder))
        server = start_server(
            folder, f"sqlite:///{folder}/mlflow.db", f"s3://{BUCKET}/mlflow", environment=environment
        )
        stack.callback(server.stop)
        yield server.uri, s3


@contextmanager
def silent(process):
    """A process that takes connections and never answers."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


@pytest.fixture
def out_of_reach(s3_lab, tmp_path, monkeypatch, capsys):
    """Run a command while the S3 store does not answer; what must be there before is made first."""
    uri, s3 = s3_lab
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)

    def run(*arguments):
        with silent(s3):
            began = time.monotonic()
            code, _, err = command(capsys, "models", *arguments)
            assert time.monotonic() - began < PATIENCE_S
        assert code == 1
        assert uri in err
        assert HINT in err

    return run


def test_fetching_says_that_the_store_of_files_is_out_of_reach(out_of_reach, tmp_path, capsys):
    bundle = threshold_bundle(tmp_path / "bundle")
    assert command(capsys, "models", "publish", bundle, "--name", "fetched")[0] == 0
    out_of_reach("fetch", "fetched/1")


def test_publishing_says_so_and_makes_no_version(out_of_reach, tmp_path, capsys):
    out_of_reach("publish", threshold_bundle(tmp_path / "bundle"), "--name", "never_made")
    code, out, _ = command(capsys, "models", "list")
    assert code == 0
    assert "never_made" not in out


def test_importing_says_so_and_registers_nothing(out_of_reach, tmp_path, capsys):
    own = create_key(tmp_path / "signing", "lab-a")
    file = export_model(write_bundle(tmp_path / "bundle"), tmp_path / "x.nsmodel", own, HOST).path
    trust_store().add(write_public(tmp_path / "lab-a.pub", own.public), own.public.keyid)
    # what is slow the first time, torch above all, has nothing to do with the server
    assert command(capsys, "models", "import", file, "--dry-run")[0] == 0
    out_of_reach("import", file)
    code, out, _ = command(capsys, "models", "list")
    assert code == 0
    assert "lab-a.spheres" not in out


def test_a_store_past_the_server_is_asked_for_a_sign_of_life_first(registry, tmp_path, monkeypatch):
    registry.publish(threshold_bundle(tmp_path / "here"), "here")
    registry.store.client.create_experiment("nanosieve-models/direct", "s3://lab/mlflow")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint = f"http://127.0.0.1:{mute.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", endpoint)
        began = time.monotonic()
        with pytest.raises(
            UnreachableError, match=rf"S3 store {endpoint} cannot be reached.*--artifacts-destination"
        ):
            registry.publish(threshold_bundle(tmp_path / "there"), "direct")
        assert time.monotonic() - began < PATIENCE_S
    assert set(registry.models()) == {"here"}
