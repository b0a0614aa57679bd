"""nanosieve evaluate: what is printed and written, and how it ends."""

import json

import imagecodecs
import numpy as np
import pytest

from pictures import DISCS, WHOLE, draw_discs, write_tiff

SHAPE = (200, 260)


def label_discs(discs):
    y, x = np.indices(SHAPE)
    labels = np.zeros(SHAPE, np.uint16)
    for number, (centre_x, centre_y, radius) in enumerate(discs, 1):
        labels[np.hypot(x - centre_x, y - centre_y) <= radius] = number
    return labels


@pytest.fixture
def data(tmp_path):
    """Two sources of two images each; the last image of ``tem`` has labels of another size when it is spoilt."""
    lines = []
    for source, split in (("sem", "validation"), ("tem", "test")):
        for number in range(2):
            write_tiff(tmp_path / source / "images" / f"{number}.tif", draw_discs(SHAPE, DISCS))
            path = tmp_path / source / "labels" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(imagecodecs.png_encode(label_discs(DISCS)))
        lines += [
            "[[source]]",
            f'name = "{source}"',
            f'images = "{source}/images"',
            f'labels = "{source}/labels"',
            f'split = "{split}"',
            'polarity = "bright"',
        ]
    path = tmp_path / "data.toml"
    path.write_text("\n".join(lines))
    return path


def spoil(data):
    path = data.parent / "tem" / "labels" / "1.png"
    path.write_bytes(imagecodecs.png_encode(label_discs(DISCS)[:50, :60].copy()))


def test_it_scores_the_validation_images_and_prints_tables_of_a_screen(nanosieve, data, tmp_path):
    out = tmp_path / "scores"
    finished = nanosieve("evaluate", "segmenter", "threshold", data, "--out", out)
    assert finished.returncode == 0, finished.stderr
    assert "2 of 2 images scored" in finished.stdout
    for word in (
        "Rand error",
        "AP50:95",
        "panoptic quality",
        "D50 bias",
        "found less labelled",
        "particles only",
    ):
        assert word in finished.stdout
    assert max(len(line) for line in finished.stdout.splitlines() if str(tmp_path) not in line) <= 100
    assert {path.name for path in out.iterdir()} == {
        "scores.csv",
        "summary.csv",
        "boundary.csv",
        "failures.csv",
        "scores.json",
        "worst.png",
    }


def test_json_has_scores_and_all_that_produced_them(nanosieve, data, tmp_path):
    options = ("--split", "all", "--set", "method=otsu", "--json", "--out", tmp_path / "scores")
    finished = nanosieve("evaluate", "segmenter", "threshold", data, *options)
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)
    assert found == json.loads((tmp_path / "scores" / "scores.json").read_text(encoding="utf-8"))
    record = found["provenance"]
    assert record["segmenter"]["settings"]["method"] == "otsu"
    assert record["threshold"] == 0.5
    assert (record["data"]["split"], record["data"]["count"]) == ("all", 4)
    assert {row["source"] for row in found["summary"]} == {"all images", "sem", "tem"}
    (iou,) = (row for row in found["summary"] if (row["source"], row["score"]) == ("sem", "iou"))
    # discs of soft edge on a flat ground
    assert iou["value"] > 0.95
    (row, *_) = found["images"]
    assert row["particles"] == len(DISCS) > len(WHOLE)


def test_an_image_that_fails_is_named_and_the_exit_code_says_so(nanosieve, data, tmp_path):
    spoil(data)
    out = tmp_path / "scores"
    finished = nanosieve("evaluate", "segmenter", "threshold", data, "--split", "all", "--out", out)
    assert finished.returncode == 3
    assert "3 of 4 images scored" in finished.stdout
    assert "tem/1.tif" in finished.stderr
    assert "tem/1.tif,loading," in (out / "failures.csv").read_text(encoding="utf-8")


def test_no_image_that_can_be_scored_is_an_exit_code_of_its_own(nanosieve, data, tmp_path):
    spoil(data)
    (data.parent / "tem" / "labels" / "0.png").unlink()
    finished = nanosieve(
        "evaluate", "segmenter", "threshold", data, "--split", "test", "--out", tmp_path / "scores"
    )
    assert finished.returncode == 4
    assert "0 of 1 images scored" in finished.stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("treshold",), "threshold"),
        (("threshold", "--split", "train"), "2 of 'test', 2 of 'validation'"),
        (("threshold", "--set", "methd=otsu"), "method"),
        (("threshold", "--set", "otsu"), "OPTION=VALUE"),
    ],
)
def test_wrong_words_are_wrong_usage_with_a_hint(nanosieve, data, tmp_path, arguments, hint):
    model, *options = arguments
    finished = nanosieve("evaluate", "segmenter", model, data, *options, "--out", tmp_path / "scores")
    assert finished.returncode == 2
    assert hint in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "scores").exists()


def test_help_has_examples_and_options(nanosieve):
    finished = nanosieve("evaluate", "segmenter", "--help")
    assert finished.returncode == 0
    for word in ("Examples", "nanosieve evaluate segmenter ", "--split", "--limit", "--json", "--device"):
        assert word in finished.stdout
