"""nanosieve validate: own results pass, and what somebody changed in them is found."""

import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from analyzed import analyze_discs
from nanosieve.cli.app import app
from nanosieve.outline_file import outline_path


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory):
    return analyze_discs(tmp_path_factory.mktemp("analyzed")).folder


@pytest.fixture
def results(analyzed, tmp_path):
    return shutil.copytree(analyzed, tmp_path / "results")


def validate(*arguments):
    return CliRunner().invoke(app, ["validate", *map(str, arguments)])


def test_what_analyze_writes_has_no_faults(results):
    finished = validate(results)
    assert finished.exit_code == 0, finished.output
    assert finished.stdout.count("no faults") == 5
    assert "particles.parquet, a table of particles, 24 rows, in nm: no faults" in finished.stdout


def test_the_json_says_the_same(results):
    found = json.loads(validate(results, "--json").stdout)
    assert found["valid"] is True
    assert [each["kind"] for each in found["files"]] == [
        "particles",
        "particles",
        "images",
        "failures",
        "summary",
    ]


def test_a_changed_file_is_exit_code_3_and_all_its_faults_are_in_the_json(results):
    table = pd.read_parquet(results / "particles.parquet")
    table.loc[3, "confidence"] = 7.0
    table.loc[[5, 6], "label"] = 1
    table.rename(columns={"feret_max_nm": "feret_max_um"}).to_parquet(results / "foreign.parquet")
    finished = validate(results / "foreign.parquet", "--json")
    assert finished.exit_code == 3
    (file,) = json.loads(finished.stdout)["files"]
    faults = {(fault["column"], tuple(fault["rows"])) for fault in file["faults"]}
    assert faults == {("feret_max_um", ()), ("confidence", (4,)), ("", (1, 6, 7))}


def change_csv(folder, name, change):
    table = pd.read_csv(folder / name, keep_default_na=False)
    change(table)
    table.to_csv(folder / name, index=False)


def test_files_of_a_folder_that_tell_different_things_are_found(results):
    def move_one(table):
        table.loc[0, "area_nm2"] = 1.0

    def count_wrong(table):
        table.loc[0, ["detected", "accepted"]] += 1

    change_csv(results, "particles.csv", move_one)
    change_csv(results, "images.csv", count_wrong)
    summary = json.loads((results / "summary.json").read_text())
    summary["balance"]["detected"] += 1
    summary["balance"]["accepted"] += 1
    (results / "summary.json").write_text(json.dumps(summary))
    finished = validate(results)
    assert finished.exit_code == 3
    for line in (
        "column 'area_nm2', row 1: differs from particles.parquet",
        "column 'detected', row 1: particles.parquet has 12, not 13",
        "column 'balance.accepted': particles.parquet has 20, not 21",
    ):
        assert line in finished.stdout


def test_missing_files_and_outlines_are_found(results):
    (results / "failures.csv").unlink()
    outline_path(results, "discs").unlink()
    finished = validate(results)
    assert finished.exit_code == 3
    assert "failures.csv: 1 fault\n  is missing" in finished.stdout
    assert "there are no outlines" in finished.stdout


def test_outlines_of_other_particles_are_found(results):
    shutil.copy(outline_path(results, "discs"), outline_path(results, "=odd name"))
    table = pd.read_parquet(outline_path(results, "discs"))
    assert validate(results).exit_code == 0  # the same labels in both pictures
    table.iloc[:-1].to_parquet(outline_path(results, "discs"))
    assert validate(results).exit_code == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"images": "three"}, "column 'images'"),
        ({"mean_size": 3}, "column 'mean_size'"),
        ({"balance": {"detected": 5, "accepted": 3}}, "detected must be accepted plus all reasons"),
    ],
)
def test_faults_of_a_summary_name_their_place(results, change, said):
    path = results / "summary.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    finished = validate(path)
    assert finished.exit_code == 3
    assert said in finished.stdout


def test_nan_in_a_summary_is_no_json(results):
    path = results / "summary.json"
    path.write_text(path.read_text().replace('"interrupted": false', '"interrupted": NaN'))
    finished = validate(path)
    assert finished.exit_code == 3
    assert "NaN is no JSON" in finished.stdout


def test_a_path_that_is_not_there_is_wrong_usage(nanosieve, tmp_path):
    finished = nanosieve("validate", tmp_path / "nothing.csv")
    assert finished.returncode == 2
    assert "there is no file or folder" in finished.stderr


def test_help_has_examples_and_exit_codes():
    text = " ".join(validate("--help").stdout.split())
    assert "nanosieve validate results" in text
    assert "Exit codes" in text
