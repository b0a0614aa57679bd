"""Intervals over images: against tables, against coverage, and where there are too few images."""

import numpy as np
import pytest
from scipy import stats

from nanosieve.evaluation.intervals import FEWEST_FOR_BCA, estimate_mean, estimate_pooled


def means(values):
    """The pooled figure whose interval is known: the mean over images."""
    return lambda chosen: np.array([values[chosen].mean()])


def test_a_few_images_have_the_interval_of_students_t():
    # t(0.975, 4) = 2.776 from any table; sd = sqrt(2.5)
    found = estimate_mean(np.array([1.0, 2, 3, 4, 5]))
    assert found.value == 3
    assert found.sd == pytest.approx(np.sqrt(2.5))
    assert (found.low, found.high) == pytest.approx(
        (3 - 2.776 * np.sqrt(0.5), 3 + 2.776 * np.sqrt(0.5)), rel=1e-3
    )


def test_an_interval_does_not_leave_the_range_of_the_score():
    good, bad = np.array([0.99, 0.6, 1.0]), np.array([0.01, 0.4, 0.0])
    assert estimate_mean(good, 0, 1).high == 1
    assert estimate_mean(bad, 0, 1).low == 0
    # without a range Student's t does
    assert estimate_mean(good).high > 1
    assert estimate_mean(bad).low < 0


@pytest.mark.parametrize(
    ("values", "value", "images"), [([], np.nan, 0), ([0.7], 0.7, 1), ([np.nan, 0.7], 0.7, 1)]
)
def test_one_image_says_nothing_of_others(values, value, images):
    found = estimate_mean(np.array(values, float), 0, 1)
    assert found.value == pytest.approx(value, nan_ok=True)
    assert found.images == images
    assert np.isnan([found.sd, found.low, found.high]).all()


@pytest.mark.parametrize("images", [3, 30])
def test_images_that_are_all_alike_have_an_interval_without_width(images):
    found = estimate_mean(np.full(images, 0.8), 0, 1)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.8, 0.8))


def test_the_same_scores_give_the_same_interval():
    values = np.random.default_rng(0).beta(9, 1, 40)
    assert estimate_mean(values, 0, 1) == estimate_mean(values, 0, 1)


@pytest.mark.parametrize("images", [4, FEWEST_FOR_BCA])
def test_the_interval_holds_the_true_mean_about_as_often_as_it_says(images):
    # scores crowd below 1, as IoU does; with 150 repeats the share is known to about 2 %
    rng = np.random.default_rng(2)
    found = [estimate_mean(rng.beta(6, 2, images), 0, 1) for _ in range(150)]
    assert np.mean([each.low <= 0.75 <= each.high for each in found]) > 0.88


def test_many_images_have_an_interval_as_wide_as_theory_says():
    values = np.random.default_rng(3).normal(0.5, 0.1, 200)
    found = estimate_mean(values)
    # 1.96 standard errors on both sides; 1999 resamples know it to about 3 %
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(200), rel=0.1)


@pytest.mark.parametrize("images", [6, 15])
def test_the_pooled_interval_of_a_mean_is_about_that_of_students_t(images):
    values = stats.norm.ppf((np.arange(images) + 0.5) / images)
    (found,) = estimate_pooled(means(values), images)
    wanted = estimate_mean(values)
    # the bootstrap of so few values has tails a little shorter than t
    assert found.value == pytest.approx(wanted.value, abs=1e-12)
    assert found.high - found.low == pytest.approx(wanted.high - wanted.low, rel=0.15)


def test_pooled_figures_of_a_few_images_have_no_interval():
    (found,) = estimate_pooled(means(np.arange(4.0)), 4)
    assert found.value == 1.5
    assert np.isnan([found.low, found.high]).all()


def test_particles_of_one_image_that_deviate_together_widen_the_pooled_interval():
    # 10 images of 200 particles; half of the variance is between images, which a bootstrap of particles would not see
    rng = np.random.default_rng(4)
    sizes = 1 + rng.normal(0, 0.1, (10, 1)) + rng.normal(0, 0.1, (10, 200))
    (found,) = estimate_pooled(lambda chosen: np.array([np.median(sizes[chosen])]), 10)
    between_images = 2 * 2.262 * 0.1 / np.sqrt(10)
    assert found.high - found.low > 0.5 * between_images
    assert found.low < 1 < found.high
