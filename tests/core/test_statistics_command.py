"""What `nanosieve analyze` says of a sample, and its options for the statistics."""

import json
import re

import pytest

from pictures import DISCS, WHOLE

QUICK = ("--segmenter", "threshold", "--no-report")


@pytest.fixture
def analysed(nanosieve, disc_image, tmp_path):
    """Run on one picture of discs; returns what was printed and the statistics of the summary."""

    def run(*options):
        finished = nanosieve("analyze", *QUICK, disc_image, "--out", tmp_path / "r", *options)
        assert finished.returncode == 0, finished.stderr
        return finished, json.loads((tmp_path / "r" / "summary.json").read_text())["statistics"]

    return run


def test_the_headline_is_the_median_with_its_interval_and_the_verdict(analysed):
    finished, statistics = analysed()
    size = statistics["sizes"]["equivalent_diameter"]
    # ten discs of radius 12 px at 2.5 nm lie whole in the frame
    assert size["count"] == len(WHOLE)
    assert size["corrected"]["number"]["d50"]["value"] == pytest.approx(60, abs=0.5)
    assert re.search(
        r"median equivalent diameter (59\.9\d|60\S*) nm \(\S+ to \S+, 95 %\), 10 particles in 1 image",
        finished.stdout,
    )
    assert "Nanomaterial by number" in finished.stdout
    assert "warning: All particles are of one image" in finished.stderr
    assert statistics["balance"]["detected"] == len(DISCS)
    # 24 px in a frame of 260 x 200 px
    assert statistics["balance"]["weighted"] == pytest.approx(10 * 260 * 200 / (236 * 176), rel=0.01)


def test_edge_correction_and_calibration_are_options_that_keep_what_was_measured(analysed):
    analysed()
    finished, statistics = analysed("--no-edge-correction", "--calibration-uncertainty", "0.5")
    assert "1 of them in an earlier run" in finished.stdout
    size = statistics["sizes"]["equivalent_diameter"]
    assert size["corrected"] is None
    (calibration,) = (each for each in size["budgets"]["median"]["entries"] if each["name"] == "calibration")
    median = size["uncorrected"]["number"]["d50"]["value"]
    assert calibration["standard_uncertainty"] == pytest.approx(0.005 * median)
