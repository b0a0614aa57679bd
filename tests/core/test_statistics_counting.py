"""Needed counts against published ones, and advice against what following it gives."""

import numpy as np
import pytest

from nanosieve.statistics.counting import (
    MASS_MEDIAN,
    NUMBER_MEDIAN,
    masuda_gotoh,
    more_images,
    plan,
    precision_curve,
)
from nanosieve.statistics.grouping import group
from nanosieve.statistics.influence import linearise_median
from nanosieve.statistics.intervals import estimate, method_of
from nanosieve.statistics.results import Estimate
from sample_statistics import reached_by_advice
from sampled import draw_images


@pytest.mark.parametrize(
    ("gsd", "number", "mass"), [(1.2, 52, 82), (1.3, 106, 237), (1.5, 253, 1001), (2.0, 739, 7124)]
)
def test_counts_of_masuda_and_gotoh_for_5_percent(gsd, number, mass):
    # tabulated with u = 1.96 and rounded either way
    assert masuda_gotoh(np.log(gsd), 0.05, *NUMBER_MEDIAN) == pytest.approx(number, abs=1)
    assert masuda_gotoh(np.log(gsd), 0.05, *MASS_MEDIAN) == pytest.approx(mass, abs=1)


def sample_of(images, particles, seed=0):
    sizes, image_of = draw_images(images, particles, np.random.default_rng(seed))
    return group(sizes, np.ones_like(sizes), image_of)


def median_of(sample):
    linear = linearise_median(sample.values, sample.weights)
    return estimate([linear], sample, method_of(sample, 500), np.random.default_rng(0))[linear.name]


def test_the_curve_falls_with_the_root_of_the_number_of_images():
    curve = precision_curve(sample_of(64, 30), np.random.default_rng(0))
    assert [point.images for point in curve] == sorted({point.images for point in curve})
    scaled = [point.half_width * np.sqrt(point.images) for point in curve if point.images >= 4]
    assert np.ptp(scaled) < 0.4 * np.mean(scaled)
    assert curve[-1].images == 64
    assert curve[-1].particles == 64 * 30


def test_the_curve_of_one_image_draws_particles():
    curve = precision_curve(sample_of(1, 200), np.random.default_rng(0))
    assert {point.images for point in curve} == {1}
    assert curve[-1].particles == 200
    assert curve[0].half_width > 2 * curve[-1].half_width


def test_following_the_advice_gives_the_precision_asked_for():
    found = np.array([reached_by_advice(8, 50, 0.02, seed) for seed in range(6)])
    assert (found[:, 0] > 5).all()
    assert np.median(found[:, 1]) == pytest.approx(0.02, rel=0.25)


def test_enough_is_said_and_so_is_what_no_number_of_images_will_do():
    assert more_images(0.03, 10, 0.05) == 0
    assert more_images(0.5, 10, 0.0005) is None
    sample = sample_of(30, 100)
    found = plan(sample, 0.4, median_of(sample), 0.05, np.random.default_rng(0))
    assert found.more_images == 0
    assert found.sentence.endswith("enough for ±5 %.")


def test_one_image_asks_for_more_of_them():
    sample = sample_of(1, 100)
    found = plan(sample, 0.4, median_of(sample), 0.05, np.random.default_rng(0))
    assert found.more_images is None
    assert "unknown" in found.sentence


def test_without_an_interval_nothing_is_promised():
    sample = sample_of(1, 100)
    found = plan(sample, 0.4, Estimate(value=1.0), 0.05, np.random.default_rng(0))
    assert found.reached is None
