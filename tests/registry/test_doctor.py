"""The doctor names what is wrong, each fault provoked; what MLflow's servers say here is what 3.17.2 says."""

import json
import os
import shutil
import socket
import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from nanosieve_registry.doctor.environment import check_driver, check_serving
from nanosieve_registry.doctor.own import check_cache, check_key, check_shipped, check_trust
from nanosieve_registry.exchange.keys import fingerprint
from nanosieve_registry.exchange.signing_key import create_key
from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.mlflow_store import database_of
from nanosieve_registry.shipped import shipped_models
from registered import command, threshold_bundle

REBINDING = "Invalid Host header - possible DNS rebinding attack detected"
MODEL_ID = "m-" + "0" * 32
SEARCH = "/api/2.0/mlflow/model-versions/search"
LISTED = {"model_versions": [{"name": "spheres", "version": "1", "source": f"models:/{MODEL_ID}"}]}
LOGGED = f"/api/2.0/mlflow/logged-models/{MODEL_ID}"
FILES = "/api/2.0/mlflow-artifacts/artifacts"


@contextmanager
def answering(answers):
    """A server that answers paths with (status, text or JSON); what is not named with 200 and nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers.get(self.path.partition("?")[0], (200, {}))
            text = body if isinstance(body, str) else json.dumps(body)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if text is body else "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@pytest.fixture
def examined(tmp_path, monkeypatch, capsys):
    """Run the command: exit code, and the findings by what was looked at."""
    monkeypatch.setenv("NANOSIEVE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)

    def run(*arguments):
        code, out, err = command(capsys, "models", "doctor", *arguments, "--json")
        assert err == ""
        return code, {each["check"]: each for each in json.loads(out)}

    return run


def wrong_ones(findings):
    return {name for name, each in findings.items() if each["state"] == "wrong"}


def logged(place):
    return {"model": {"info": {"artifact_uri": place}}}


def test_where_all_is_well_nothing_is_wrong_and_nothing_is_made(examined, registry, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    code, findings = examined()
    assert (code, wrong_ones(findings)) == (0, set())
    assert "of the installed MLflow" in findings["database"]["said"]
    assert sorted(tmp_path.rglob("*")) == before


def test_each_check_is_a_line_with_its_state_and_the_remedy_below(examined, capsys, registry):
    code, out, _ = command(capsys, "models", "doctor", "--registry", "ftp://lab")
    assert code == 3
    lines = out.splitlines()
    assert lines[0].startswith("good  versions:")
    assert lines[-2].startswith("wrong address:")
    assert lines[-1].lstrip().startswith("-> write http://")


# --- the address ------------------------------------------------------------------------------------------------------


def test_a_file_store_is_named_with_the_command_that_migrates_it(examined, tmp_path, monkeypatch):
    (tmp_path / "mlruns").mkdir()
    monkeypatch.chdir(tmp_path)
    code, findings = examined("--registry", "./mlruns")
    assert (code, wrong_ones(findings)) == (3, {"address"})
    assert "is a file store" in findings["address"]["said"]
    assert "mlflow migrate-filestore --source ./mlruns --target sqlite:///" in findings["address"]["remedy"]


@pytest.mark.parametrize(
    ("revision", "said", "remedy"),
    [
        ("acf3f17fdcc7", "written by an MLflow before", "nanosieve models migrate --registry sqlite:///"),
        ("ffffffffffff", "written by an MLflow after", "pip install --upgrade nanosieve-registry mlflow"),
    ],
)
def test_a_database_of_another_mlflow_is_named_with_what_helps(examined, registry, revision, said, remedy):
    with closing(sqlite3.connect(database_of(registry.uri))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    code, findings = examined()
    assert (code, wrong_ones(findings)) == (3, {"database"})
    assert said in findings["database"]["said"]
    assert remedy in findings["database"]["remedy"]


def test_a_database_of_a_server_is_not_opened_and_its_password_not_shown(examined):
    code, findings = examined("--registry", "postgresql://lab:secret@db/mlflow")
    assert code == 3
    assert "mlflow server --backend-store-uri postgresql://lab@db/mlflow" in findings["address"]["remedy"]
    assert "secret" not in json.dumps(findings)


def test_psycopg2_alone_is_not_enough_for_a_postgresql_address(tmp_path, monkeypatch):
    def installed(*names):
        folder = tmp_path / "_".join(names)
        for name in names:
            (folder / name).mkdir(parents=True)
            (folder / name / "__init__.py").touch()
        # nothing else can be imported: whether this machine has psycopg does not count
        monkeypatch.setattr(sys, "path", [str(folder)])
        return check_driver("postgresql://lab@db/mlflow")

    former = installed("psycopg2")
    assert (former.state, former.remedy.startswith("pip install 'psycopg[binary]>=3'")) == ("wrong", True)
    assert "psycopg2 is there, which is not enough" in former.said
    assert installed("psycopg", "psycopg2").state == "good"
    assert check_driver("postgresql+psycopg2://lab@db/mlflow").state == "good"
    assert check_driver("sqlite:///x.db") is None


# --- servers ----------------------------------------------------------------------------------------------------------


def test_a_server_that_does_not_answer_is_named_within_seconds(examined):
    with socket.socket() as silent:  # takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        code, findings = examined("--registry", uri)
    assert time.monotonic() - began < 15
    assert (code, wrong_ones(findings)) == (3, {"server"})
    assert f"{uri} cannot be reached" in findings["server"]["said"]


def test_a_server_that_does_not_know_its_name_is_told_it(examined):
    with answering({SEARCH: (403, REBINDING)}) as uri:
        code, findings = examined("--registry", uri)
    assert (code, wrong_ones(findings)) == (3, {"host name"})
    assert "DNS rebinding" in findings["host name"]["said"]
    assert '--allowed-hosts "127.0.0.1,127.0.0.1:*"' in findings["host name"]["remedy"]


def test_a_wrong_password_is_told_from_a_missing_right(examined):
    with answering({SEARCH: (401, "You are not authenticated.")}) as uri:
        code, findings = examined("--registry", uri)
    assert (code, wrong_ones(findings)) == (3, {"login"})
    assert "MLFLOW_TRACKING_PASSWORD" in findings["login"]["remedy"]


@pytest.mark.parametrize(
    "answers",
    [
        {LOGGED: (403, "Permission denied")},
        {LOGGED: (200, logged("mlflow-artifacts:/1/models/x/artifacts")), FILES: (403, "Permission denied")},
    ],
    ids=["logged model", "files"],
)
def test_a_missing_right_to_the_experiment_is_named(examined, answers):
    with answering({SEARCH: (200, LISTED), **answers}) as uri:
        code, findings = examined("--registry", uri)
    assert (code, wrong_ones(findings)) == (3, {"right to read"})
    assert "you see spheres, but may not read the files (403)" in findings["right to read"]["said"]
    assert "READ on the experiment" in findings["right to read"]["remedy"]
    assert "nanosieve-models/spheres" in findings["right to read"]["remedy"]


def test_a_server_that_hands_out_its_files_is_well_and_files_past_it_are_a_hint(examined):
    answers = {SEARCH: (200, LISTED), LOGGED: (200, logged("mlflow-artifacts:/1/models/x/artifacts"))}
    with answering(answers) as uri:
        code, findings = examined("--registry", uri)
        assert (code, wrong_ones(findings)) == (0, set())
        assert findings["right to read"]["said"] == "models that you see: 1; the files of all may be read"
        answers[LOGGED] = (200, logged("s3://lab/mlflow/1/models/x/artifacts"))
        code, findings = examined("--registry", uri)
    assert (code, findings["right to read"]["state"]) == (0, "hint")


def test_something_that_is_no_mlflow_server_is_named(examined):
    with answering({SEARCH: (200, "<html>")}) as uri:
        code, findings = examined("--registry", uri)
    assert (code, wrong_ones(findings)) == (3, {"login"})
    assert "no MLflow server" in findings["login"]["said"]


# --- this installation ------------------------------------------------------------------------------------------------


def test_uvicorn_must_be_importable_and_on_the_path(tmp_path, monkeypatch):
    found = check_serving(path=str(tmp_path))
    # nanosieve's own server works without the command
    assert (found.state, "not on the PATH" in found.said) == ("hint", True)
    assert found.remedy.startswith("export PATH=")
    (tmp_path / "uvicorn").write_text("#!/bin/sh\n")
    (tmp_path / "uvicorn").chmod(0o755)
    assert check_serving(path=str(tmp_path)).state == "good"
    for name in [each for each in sys.modules if each.partition(".")[0] == "uvicorn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    found = check_serving(path=str(tmp_path))
    assert (found.state, "uvicorn is not installed" in found.said) == ("wrong", True)


def test_a_damaged_shipped_model_is_named(tmp_path):
    assert check_shipped(shipped_models()).state == "good"
    name, folder = next(iter(shipped_models().items()))
    broken = shutil.copytree(folder, tmp_path / name)
    weights = broken / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    found = check_shipped({name: broken})
    assert (found.state, found.said.startswith(f"{name}: ")) == ("wrong", True)
    assert check_shipped({}).state == "wrong"


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_key_that_others_can_read_is_named(tmp_path):
    assert "none yet" in check_key(tmp_path).said
    create_key(tmp_path, "lab-a")
    assert check_key(tmp_path).said.startswith("of lab-a, ")
    (tmp_path / "lab.key").chmod(0o644)
    found = check_key(tmp_path)
    assert (found.state, "chmod 600" in found.remedy) == ("wrong", True)


def test_a_trust_store_that_cannot_be_read_is_named(tmp_path):
    store = TrustStore(tmp_path / "trust", tmp_path / "own")
    own = create_key(tmp_path / "a", "lab-a")
    store.add(tmp_path / "a" / "lab-a.pub", fingerprint(own.public.keyid))
    assert check_trust(store).said == "lab-a; revoked keys: 0"
    (tmp_path / "trust" / "revoked.json").write_text(json.dumps({own.public.keyid: "lost"}))
    assert check_trust(store).state == "hint"
    (tmp_path / "trust" / "revoked.json").write_text("{")
    assert check_trust(store).state == "wrong"


def test_a_copy_in_the_cache_that_was_changed_is_named(registry, tmp_path):
    registry.publish(threshold_bundle(tmp_path / "bundle"), "spheres")
    folder = registry.resolve("spheres/1").folder
    assert check_cache(registry.cache.folder).said.endswith("models': 1, as they were fetched")
    (folder / "model.json").write_text("{}")
    found = check_cache(registry.cache.folder)
    assert (found.state, folder.name[:12] in found.said) == ("hint", True)
    assert folder.is_dir()  # looking changes nothing
