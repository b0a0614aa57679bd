"""Analysis of variance by image."""

import numpy as np
import pytest
from scipy import stats

from nanosieve.statistics.grouping import group
from nanosieve.statistics.variance import analyse_variance
from sampled import draw_images


def test_variances_are_those_that_were_drawn_and_the_test_is_scipys():
    sizes, image_of = draw_images(200, 100, np.random.default_rng(0))
    found = analyse_variance(group(sizes, np.ones_like(sizes), image_of))
    # standard errors: 7 % of the spread between images, 0.5 % of that within
    assert found.between == pytest.approx(0.05, rel=0.3)
    assert found.within == pytest.approx(0.4, rel=0.02)
    parts = [np.log(sizes[image_of == image]) for image in range(200)]
    assert (found.f, found.p) == pytest.approx(tuple(stats.f_oneway(*parts)))


def test_images_that_are_alike_have_nothing_between_them():
    sizes, image_of = draw_images(20, 5000, np.random.default_rng(1), between=0)
    found = analyse_variance(group(sizes, np.ones_like(sizes), image_of))
    assert found.between < 0.01
    assert found.p > 0.001


@pytest.mark.parametrize("images", [[0, 0, 0], [0, 1, 2]])
def test_one_image_or_one_particle_each_have_none(images):
    assert analyse_variance(group(np.array([1.0, 2.0, 3.0]), np.ones(3), np.array(images))) is None
