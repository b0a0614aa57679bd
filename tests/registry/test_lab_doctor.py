"""The doctor against servers of a lab: faults of real rights, names and passwords."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from lab_users import make_user, permit
from nsmodel_files import write_bundle
from registered import command


@pytest.fixture
def examined(capsys):
    """Run the command: exit code, and what is wrong, by what was looked at."""

    def run(*arguments):
        code, out, err = command(capsys, "models", "doctor", *arguments, "--json")
        assert err == ""
        return code, {each["check"]: each for each in json.loads(out) if each["state"] == "wrong"}

    return run


def test_read_on_a_model_without_its_experiment_is_named(lab, act, tmp_path, examined):
    act("admin").publish(write_bundle(tmp_path / "bundle"), "half")
    make_user(lab, "half_reader")
    permit(lab, "half_reader", "registered_model", "half", "READ")
    act("half_reader")
    code, wrong = examined()
    assert (code, set(wrong)) == (3, {"right to read"})
    assert "you see half, but may not read the files (403)" in wrong["right to read"]["said"]
    assert "READ on the experiment" in wrong["right to read"]["remedy"]
    assert "nanosieve-models/half" in wrong["right to read"]["remedy"]
    act("admin")
    assert examined() == (0, {})


def test_a_name_that_the_server_was_not_told_is_named(lab, act, examined, monkeypatch):
    act("admin")
    find = socket.getaddrinfo
    # the name service of the laboratory knows the machine by a name that the server does not know
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **options: find(
            "127.0.0.1" if host == "mlflow.lab.example" else host, *rest, **options
        ),
    )
    code, wrong = examined("--registry", f"http://mlflow.lab.example:{urlsplit(lab.uri).port}")
    assert (code, set(wrong)) == (3, {"host name"})
    assert '--allowed-hosts "mlflow.lab.example,mlflow.lab.example:*"' in wrong["host name"]["remedy"]


def test_a_wrong_password_is_named(lab, act, examined, monkeypatch):
    act("admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "not that of the administrator")
    code, wrong = examined()
    assert (code, set(wrong)) == (3, {"login"})
    assert "MLFLOW_TRACKING_PASSWORD" in wrong["login"]["remedy"]
