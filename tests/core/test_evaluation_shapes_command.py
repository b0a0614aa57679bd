"""nanosieve evaluate classifier: what is printed and written, and how it ends."""

import json

import pytest

from labelled_pictures import disc_labels, write_png
from pictures import WHOLE, draw_discs

SHAPE = (200, 260)


@pytest.fixture
def data(tmp_path):
    """Two images of ten discs; all are circles, but for one of each image that is said to be a star."""
    rows = ["image,instance,class"]
    for name in ("a", "b"):
        write_png(tmp_path / "images" / f"{name}.png", draw_discs(SHAPE, WHOLE))
        write_png(tmp_path / "labels" / f"{name}.png", disc_labels(SHAPE, WHOLE))
        rows += [f"{name},{label},{'star' if label == 1 else 'circle'}" for label in range(1, len(WHOLE) + 1)]
    (tmp_path / "classes.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "data.toml"


def describe(data, more=""):
    data.write_text(
        '[[source]]\nname = "discs"\nimages = "images"\nlabels = "labels"\nsplit = "validation"\n'
        f'data_bar = false\npolarity = "bright"\n{more}'
    )


def test_data_without_classes_are_wrong_usage_that_says_what_to_add(nanosieve, data, tmp_path):
    describe(data)
    finished = nanosieve("evaluate", "classifier", "geometry", data, "--out", tmp_path / "scores")
    assert finished.returncode == 2
    assert 'classes = "classes.csv"' in finished.stderr
    assert 'format = "folders"' in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "scores").exists()


@pytest.mark.parametrize(
    ("route", "score"),
    [
        # An outline along pixel edges is too coarse in a disc of 24 px for the geometry to be sure of a circle ...
        ((), "unknown"),
        # ... and one of sub-pixels is not.
        (("--segmenter", "threshold"), "accuracy"),
    ],
)
def test_discs_are_circles_as_found_and_nothing_else_as_drawn(nanosieve, data, tmp_path, route, score):
    describe(data, 'classes = "classes.csv"\n')
    out = tmp_path / "scores"
    finished = nanosieve("evaluate", "classifier", "geometry", data, *route, "--out", out)
    assert finished.returncode == 0, finished.stderr
    assert "2 of 2 images scored, 20 particles classified" in finished.stdout
    for word in ("circle", "star *", "expected calibration error", "95 % interval"):
        assert word in finished.stdout
    assert max(len(line) for line in finished.stdout.splitlines() if str(tmp_path) not in line) <= 100
    tables = {
        f"{name}.csv" for name in ("particles", "several", "classes", "confusion", "calibration", "failures")
    }
    pictures = {f"{name}.png" for name in ("confusion", "calibration", "mistakes")}
    assert {path.name for path in out.iterdir()} == tables | pictures | {"scores.json"}
    record = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    circle = next(row for row in record["classes"] if row["class"] == "circle")
    assert (circle["particles"], circle[score]) == (18, 1)
    assert record["provenance"]["classifier"]["name"] == "geometry"
    assert (record["provenance"]["segmenter"] is None) == (not route)


def test_another_limit_of_confidence_is_recorded_and_warned_of(nanosieve, data, tmp_path):
    describe(data, 'classes = "classes.csv"\n')
    options = ("--confidence", "1", "--json", "--out", tmp_path / "scores")
    finished = nanosieve("evaluate", "classifier", "geometry", data, *options)
    assert finished.returncode == 0, finished.stderr
    record = json.loads(finished.stdout)
    assert record["provenance"]["rules"]["confidence"] == 1
    assert "limit of confidence is 1, not 0.75" in finished.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("geometri",), "geometry"),
        (("geometry", "--confidence", "2"), "--confidence"),
        (("geometry", "--segmenter", "treshold"), "threshold"),
        (("geometry", "--split", "test"), "2 of 'validation'"),
    ],
)
def test_wrong_words_are_wrong_usage_with_a_hint(nanosieve, data, tmp_path, arguments, hint):
    describe(data, 'classes = "classes.csv"\n')
    model, *options = arguments
    finished = nanosieve("evaluate", "classifier", model, data, *options, "--out", tmp_path / "scores")
    assert finished.returncode == 2
    assert hint in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "scores").exists()


def test_help_has_examples_and_options(nanosieve):
    finished = nanosieve("evaluate", "classifier", "--help")
    assert finished.returncode == 0
    for word in (
        "Examples",
        "nanosieve evaluate classifier ",
        "--segmenter",
        "--confidence",
        "--limit",
        "--json",
    ):
        assert word in finished.stdout
