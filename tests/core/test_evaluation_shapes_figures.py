"""Calibration and confusion against other ways to compute them, and what their pictures show."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nanosieve.evaluation.shapes import calibrate, confuse, expected_calibration_error
from nanosieve.evaluation.shapes.calibration import (
    BINS,
    CURVE,
    MARGIN_PX,
    SIDE_PX,
    bins_of,
    calibration_error_by_chance,
    draw_calibration,
)
from nanosieve.evaluation.shapes.confusion import CELL_HEIGHT_PX, TOP_PX, draw_confusion
from nanosieve.evaluation.shapes.drawing import shorten, text_width
from nanosieve.evaluation.shapes.shares import estimate_mean_share, estimate_share


def test_calibration_of_four_particles_counted_by_hand():
    # Bins of 1/15: 0.95 and 0.97 share the last, 0.5 and 0.51 lie in the eighth (7/15 to 8/15).
    confidence = np.array([0.95, 0.97, 0.5, 0.51])
    right = np.array([True, False, True, True])
    assert bins_of(confidence).tolist() == [14, 14, 7, 7]
    # |1 - 1.92| + |2 - 1.01| over four particles
    assert expected_calibration_error(confidence, right) == pytest.approx((0.92 + 0.99) / 4)
    table = calibrate(confidence, right)
    assert table["particles"].tolist() == [0] * 7 + [2] + [0] * 6 + [2]
    assert table["accuracy"].iloc[[7, 14]].tolist() == [1, 0.5]


def test_limits_of_bins_belong_below_and_no_confidence_lies_outside():
    assert bins_of(np.array([0, 1 / 15, np.nextafter(1 / 15, 1), 1])).tolist() == [0, 0, 1, 14]


def test_calibration_agrees_with_scipy_and_with_the_definition():
    rng = np.random.default_rng(3)
    confidence, right = rng.uniform(0.2, 1, 500), rng.random(500) < 0.7
    table = calibrate(confidence, right)
    for values, column in ((confidence, "confidence"), (right, "accuracy")):
        means, _, _ = stats.binned_statistic(confidence, values, "mean", bins=BINS, range=(0, 1))
        np.testing.assert_allclose(table[column], means)
    # Guo et al. 2017, equation 3
    total = 0.0
    for number in range(BINS):
        inside = (confidence > number / BINS) & (confidence <= (number + 1) / BINS)
        if inside.any():
            total += inside.sum() / 500 * abs(right[inside].mean() - confidence[inside].mean())
    assert expected_calibration_error(confidence, right) == pytest.approx(total)


def test_confidence_that_is_what_it_says_has_a_small_error():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1, 200_000)
    assert expected_calibration_error(confidence, rng.random(200_000) < confidence) < 0.01
    # too sure by 0.1 everywhere
    assert expected_calibration_error(confidence, rng.random(200_000) < confidence - 0.1) == pytest.approx(
        0.1, abs=0.01
    )


def test_few_particles_have_a_calibration_error_by_chance_alone():
    # one bin, 100 times 0.5: mean distance of a binomial share from its mean
    counts = np.arange(101)
    distance = float(np.sum(stats.binom.pmf(counts, 100, 0.5) * np.abs(counts / 100 - 0.5)))
    assert calibration_error_by_chance(np.full(100, 0.5)) == pytest.approx(distance, rel=0.15)
    assert calibration_error_by_chance(np.ones(7)) == 0
    assert np.isnan(calibration_error_by_chance(np.zeros(0)))


def test_confusion_counts_what_a_counter_counts():
    rng = np.random.default_rng(1)
    names = ["cube", "rod", "star", "unknown"]
    truth, answer = rng.choice(names[:3], 300), rng.choice([names[0], names[1], names[3]], 300)
    table = pd.DataFrame({"true_class": truth, "answer": answer, "found": rng.random(300) < 0.9})
    counted = Counter(zip(truth[table["found"]], answer[table["found"]], strict=True))
    found = confuse(table, ("rod", "cube"))
    assert found.shape == (3, 3)
    assert {(row, column): found.loc[row, column] for row in found.index for column in found.columns} == {
        (row, column): counted[row, column] for row in found.index for column in found.columns
    }


def test_the_mean_of_shares_weighs_classes_not_particles():
    part = np.array([True, True, True, False])
    classes, groups = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    everything = np.ones(4, bool)
    assert estimate_mean_share(part, everything, classes, groups).value == 0.5
    assert estimate_share(part, everything, groups).value == 0.75
    assert np.isnan(estimate_share(part, ~everything, groups).value)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    # 12 groups of 15 particles, whose share differs by group (beta distribution with mean 0.7).
    covered = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        shares = rng.beta(7, 3, 12)
        part, groups = (rng.random((12, 15)) < shares[:, None]).ravel(), np.repeat(np.arange(12), 15)
        estimate = estimate_share(part, np.ones(180, bool), groups)
        covered += estimate.low <= 0.7 <= estimate.high
    # 38 expected; a binomial with 0.95 is below 34 in 1.4 % of cases
    assert covered >= 34


def test_the_curve_of_a_model_that_is_always_half_right_is_level():
    table = calibrate(np.repeat(np.linspace(0.3, 0.97, 10), 2), np.tile([True, False], 10))
    picture = draw_calibration(table)[: MARGIN_PX + SIDE_PX]
    rows, _ = np.nonzero((picture == CURVE).all(axis=2))
    assert rows.mean() == pytest.approx(MARGIN_PX + SIDE_PX / 2, abs=1)
    assert np.ptp(rows) < 14


def test_cells_of_the_confusion_are_as_dark_as_their_share_of_the_row():
    confusion = pd.DataFrame(
        [[90, 10], [0, 3], [0, 0]], index=["a", "b", "c"], columns=["a", "unknown"], dtype=np.int64
    )
    picture = draw_confusion(confusion, ("a", "b"))
    width = (picture.shape[1] - 2 * 12) // 3
    # beside the text, 6 px from the top left corner of each cell
    corners = [
        [
            int(picture[TOP_PX + row * CELL_HEIGHT_PX + 6, width + 12 + column * width + 6, 0])
            for column in range(2)
        ]
        for row in range(3)
    ]
    # red of white is 255, of the darkest blue 0
    assert corners == [[pytest.approx(25.5, abs=1), pytest.approx(229.5, abs=1)], [255, 0], [255, 255]]


def test_a_name_that_is_too_long_keeps_its_end():
    short = shorten("a very long name of a class of particles", 16, 120)
    assert short.startswith("…")
    assert short.endswith("particles")
    assert text_width(short, 16) <= 120
    assert shorten("rod", 16, 120) == "rod"
