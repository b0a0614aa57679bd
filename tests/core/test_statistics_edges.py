"""Edge weights give back what the frame cuts off: discs thrown over a frame and its surroundings."""

import pytest

from sample_statistics import edge_errors


@pytest.fixture(scope="module")
def errors():
    # lognormal, median 100, sigma 0.4, frame 1000 x 800; the standard error of the count of 2 million is 0.15 %
    return edge_errors(2_000_000, seed=2)


@pytest.mark.parametrize("figure", ["count", "mean", "D90"])
def test_weighted_figures_are_within_one_percent_of_the_truth(errors, figure):
    plain, weighted = errors[figure]
    assert abs(weighted) < 0.01
    # without weights the frame shows: the test could fail
    assert plain < -0.03


def test_the_volume_mean_is_within_two_percent(errors):
    # few of the largest discs are whole, and they carry the volume
    plain, weighted = errors["D[4,3]"]
    assert abs(weighted) < 0.02
    assert plain < -0.05
