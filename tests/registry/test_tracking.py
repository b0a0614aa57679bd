"""Runs of training are recorded in MLflow, and MLflow cannot stop them. Its database is read without MLflow."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from labelled_pictures import write_data, write_recipe
from nanosieve import Host
from nanosieve.labelled import fingerprint, read_data


@pytest.fixture
def recipe(tmp_path):
    write_data(tmp_path)
    return write_recipe(tmp_path, epochs=2, patches=8)


def rows(database, query):
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_a_run_is_recorded_with_its_options_scores_pictures_and_model(nanosieve, recipe, tmp_path):
    out = tmp_path / "run"
    finished = nanosieve("train", "segmenter", recipe, "--out", out, XDG_DATA_HOME=str(tmp_path / "home"))
    assert finished.returncode == 0, finished.stderr
    store = tmp_path / "home" / "nanosieve" / "mlflow"
    database = store / "mlflow.db"
    ((run_id, name, status),) = rows(database, "SELECT run_uuid, name, status FROM runs")
    assert (name, status) == ("discs", "FINISHED")
    assert f"run {run_id} in sqlite:" in finished.stdout
    metrics = rows(database, "SELECT key, step, value FROM metrics ORDER BY key, step")
    history = (out / "history.csv").read_text().splitlines()
    assert [(key, step) for key, step, _ in metrics if key != "seconds"] == [
        ("iou", 1),
        ("iou", 2),
        ("loss", 1),
        ("loss", 2),
    ]
    losses = [value for key, _, value in metrics if key == "loss"]
    assert losses == pytest.approx([float(row.split(",")[1]) for row in history[1:]])
    options = dict(rows(database, "SELECT key, value FROM params"))
    assert options["training.epochs"] == "2"
    assert options["model.depth"] == "3"
    sent = {path.name for path in (store / "artifacts").rglob("*") if path.is_file()}
    assert {"curves.png", "epoch_0002.png", "model.json", "weights.safetensors", "environment.json"} <= sent
    tags = dict(rows(database, "SELECT key, value FROM tags"))
    assert tags["nanosieve.data"] == fingerprint(read_data(tmp_path / "data.toml", Host().readers).entries)
    published = nanosieve("models", "publish", out, XDG_DATA_HOME=str(tmp_path / "home"))
    assert f"it comes from run {run_id}" in published.stdout, published.stderr
    assert ("nanosieve.version", "discs/1") in rows(database, "SELECT key, value FROM tags")
    assert rows(database, "SELECT run_id FROM model_versions WHERE name = 'discs'") == [(run_id,)]
    shown = nanosieve("models", "show", "discs/1", XDG_DATA_HOME=str(tmp_path / "home"))
    assert f"trained in: run {run_id} of sqlite:" in shown.stdout, shown.stderr


def test_a_dead_server_does_not_stop_training_and_is_named(nanosieve, recipe, tmp_path):
    out = tmp_path / "run"
    # nothing listens on the port of the discard service
    finished = nanosieve("train", "segmenter", recipe, "--out", out, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert finished.returncode == 0, finished.stderr
    assert (out / "bundle" / "model.json").exists()
    assert finished.stderr.count("tracker 'mlflow'") == 1
    assert "training goes on" in finished.stderr
    assert "127.0.0.1" in finished.stderr
    assert "record in" not in finished.stdout


AGAIN = """
import sys
from dataclasses import replace
from pathlib import Path

from nanosieve import Host
from nanosieve.recipes import make_job
from nanosieve_registry.tracking import start

recipe, out = map(Path, sys.argv[1:])
out.mkdir()
job = make_job(recipe, out, Host(), resume=False, device="cpu")
first = start(job)
first.epoch(1, {"loss": 0.5})
first.end("stopped", None)
second = start(replace(job, resume=True))
second.epoch(2, {"loss": 0.25})
second.end("finished", None)
start(job)
"""


def test_a_run_that_goes_on_is_the_same_run(recipe, tmp_path):
    finished = subprocess.run(
        [sys.executable, "-c", AGAIN, str(recipe), str(tmp_path / "run")],
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    database = tmp_path / "home" / "nanosieve" / "mlflow" / "mlflow.db"
    # the third was not resumed
    assert rows(database, "SELECT status FROM runs ORDER BY start_time") == [("FINISHED",), ("RUNNING",)]
    assert rows(database, "SELECT step, value FROM metrics ORDER BY step") == [(1, 0.5), (2, 0.25)]
