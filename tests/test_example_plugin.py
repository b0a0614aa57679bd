"""The example plugin, installed as a user installs it, works through the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nanosieve.models import ModelCard, write_card
from pictures import DISCS, draw_discs, write_tiff

EXAMPLE = Path(__file__).parents[1] / "docs" / "plugins" / "example"
OFFERS = {
    "segmenter": "log_blobs",
    "weight map": "bright",
    "classifier": "roundish",
    "measure": "slenderness",
    "reader": "numpy",
    "exporter": "json_lines",
    "model store": "share",
}


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which the example is installed, without a network."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(folder)]
    finished = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(EXAMPLE)], capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
    return folder


@pytest.fixture
def with_example(nanosieve, installed):
    return lambda *arguments, **more: nanosieve(*arguments, PYTHONPATH=str(installed), **more)


def test_it_is_listed_with_all_that_it_offers(with_example):
    listed = json.loads(with_example("plugins", "--json").stdout)
    assert listed["problems"] == []
    found = {
        (row["kind"], row["name"]) for row in listed["plugins"] if row["distribution"] == "nanosieve-example"
    }
    assert found == set(OFFERS.items())


def test_its_options_are_shown_with_defaults_and_meanings(with_example):
    (shown,) = json.loads(with_example("plugins", "show", "log_blobs", "--json").stdout)
    assert {option["name"]: option["default"] for option in shown["options"]} == {
        "radius_px": 8,
        "sensitivity": 0.05,
    }
    assert all(option["meaning"] for option in shown["options"])
    assert shown["source"] == "nanosieve_example.log_blobs:build"


def test_its_network_segments_and_its_measure_has_a_checked_column(with_example, tmp_path):
    image = write_tiff(tmp_path / "discs.tif", draw_discs((200, 260), DISCS))
    finished = with_example(
        "analyze", image, "--out", tmp_path / "r", "--segmenter", "log_blobs", "--set", "segmenter.radius_px=12",
        "--classifier", "roundish", "--export", "json_lines",
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    table = pd.read_parquet(tmp_path / "r" / "particles.parquet")
    accepted = table[table["accepted"]]
    assert set(accepted["class"]) == {"round"}
    assert accepted["slenderness"].dropna().between(1, 1.2).all()
    lines = (tmp_path / "r" / "particles.jsonl").read_text().splitlines()
    assert len(lines) == len(table)
    provenance = json.loads((tmp_path / "r" / "summary.json").read_text())["provenance"]
    assert provenance["segmenter"]["distribution"] == "nanosieve-example"


def test_its_reader_reads(with_example, tmp_path):
    np.save(tmp_path / "discs.npy", draw_discs((200, 260), DISCS))
    finished = with_example(
        "analyze", tmp_path / "discs.npy", "--out", tmp_path / "r", "--pixel-size", "2 nm"
    )
    assert finished.returncode == 0, finished.stderr


def test_its_command_is_there(with_example, nanosieve):
    assert with_example("hello").stdout == "hello from nanosieve-example\n"
    assert "hello" in with_example("--help").stdout
    assert nanosieve("hello").returncode == 2


def test_its_model_store_answers_its_scheme(with_example, tmp_path):
    (tmp_path / "share" / "mine").mkdir(parents=True)
    card = ModelCard(
        name="mine", kind="segmenter", plugin="threshold", plugin_version="0", config={"method": "otsu"}
    )
    write_card(tmp_path / "share" / "mine", card)
    image = write_tiff(tmp_path / "discs.tif", draw_discs((200, 260), DISCS))
    finished = with_example(
        "analyze",
        image,
        "--out",
        tmp_path / "r",
        "--segmenter",
        "share:mine",
        NANOSIEVE_SHARE=str(tmp_path / "share"),
    )
    assert finished.returncode == 0, finished.stderr
    segmenter = json.loads((tmp_path / "r" / "summary.json").read_text())["provenance"]["segmenter"]
    assert segmenter["settings"]["method"] == "otsu"
    assert len(segmenter["model_digest"]) == 64


def test_it_passes_its_own_contract_tests(installed):
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(EXAMPLE),
            str(EXAMPLE / "tests"),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )
    assert finished.returncode == 0, finished.stdout


def test_it_can_be_switched_off(with_example):
    listed = json.loads(with_example("plugins", "--json", NANOSIEVE_DISABLE_PLUGINS="example").stdout)
    assert not [row for row in listed["plugins"] if row["distribution"] == "nanosieve-example"]
    assert len(listed["disabled"]) == 1
