"""Influences: what one particle more would change, against that change itself."""

import numpy as np
import pytest

from nanosieve.statistics.influence import linearise, linearise_median

RNG = np.random.default_rng(5)
SIZES = np.exp(RNG.normal(4, 0.4, 4000))
WEIGHTS = RNG.uniform(1, 1.5, 4000)


def test_influences_sum_to_nothing():
    for figure in linearise(SIZES, WEIGHTS):
        # a quantile stands within the weight of one particle
        assert abs(figure.terms.sum()) < 2 * (np.abs(figure.terms).max()), figure.name


@pytest.mark.parametrize("index", [3, 500, 1777])
def test_influences_are_the_derivatives_of_the_figures(index):
    # a little more weight on one particle; quantiles move in steps and are tested by their intervals
    step = 1e-4
    more = WEIGHTS.copy()
    more[index] += step
    before, after = ({each.name: each for each in linearise(SIZES, weights)} for weights in (WEIGHTS, more))
    for name, figure in before.items():
        if name.startswith(("number", "volume")):
            continue
        change = np.log(after[name].value / figure.value)
        if name == "geometric_standard_deviation":
            change = np.log(np.log(after[name].value) / np.log(figure.value))
        expected = figure.terms[index] / WEIGHTS[index] * step
        # the sample's n / (n - 1) moves a little too
        assert change == pytest.approx(expected, rel=0.02, abs=2e-10), name


def test_the_way_back_begins_at_the_figure_and_grows():
    for figure in (*linearise(SIZES, WEIGHTS), linearise_median(SIZES, WEIGHTS)):
        assert figure.back(0) == pytest.approx(figure.value)
        assert figure.back(-0.02) < figure.value < figure.back(0.02), figure.name


def test_sizes_that_are_all_alike_have_no_influence():
    for figure in linearise(np.full(20, 3.0), np.ones(20)):
        assert np.allclose(figure.terms[0], figure.terms), figure.name
        assert np.isfinite(figure.value)
