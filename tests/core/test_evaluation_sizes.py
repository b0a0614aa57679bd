"""Errors of size and number, on squares whose sizes are known."""

import numpy as np
import pytest

from label_images import squares
from nanosieve import Micrograph
from nanosieve.evaluation.sizes import Sizes, accepted_diameters, pool, score_sizes, sizes_of


def micrograph(shape=(100, 100), **options):
    return Micrograph(pixels=np.zeros(shape, np.float32), **options)


def diameter(side):
    return side * np.sqrt(4 / np.pi)


def test_a_perfect_segmentation_has_no_error():
    truth = squares((10, 10), (40, 10), (40, 60))
    assert score_sizes(sizes_of(micrograph(), truth, truth)) == {
        "d50_bias_percent": 0,
        "spread_error": 0,
        "count_error_percent": 0,
    }


def test_squares_a_tenth_too_large_have_a_bias_of_ten_percent():
    places = [(10, 10), (40, 10), (70, 60)]
    found = score_sizes(sizes_of(micrograph(), squares(*places, side=22), squares(*places, side=20)))
    assert found["d50_bias_percent"] == pytest.approx(10)
    assert found["count_error_percent"] == 0


def test_only_whole_particles_of_ten_pixels_and_more_count_on_both_sides():
    labels = squares((0, 10), (40, 80), (40, 40))
    labels[5:10, 60:65] = 4  # 5 px across
    # the first two touch the frame
    assert accepted_diameters(micrograph(), labels) == pytest.approx([diameter(20)])


def test_particles_under_an_annotation_do_not_count():
    valid = np.ones((100, 100), bool)
    valid[45:50, 45:50] = False
    labels = squares((10, 10), (40, 40))
    assert len(accepted_diameters(micrograph(valid=valid), labels)) == 1


def test_spread_error_is_the_difference_of_the_logarithms_of_d90_over_d10():
    truth = np.exp(np.linspace(3, 4, 101))
    found = np.exp(np.linspace(3, 4.5, 101))
    # linear in the logarithm: D10 and D90 lie at 10 and 90 % of the range
    assert score_sizes(Sizes(found, truth))["spread_error"] == pytest.approx(0.8 * 0.5)


def test_count_error_has_a_sign():
    two, one = np.array([20.0, 30.0]), np.array([25.0])
    assert score_sizes(Sizes(two, one))["count_error_percent"] == pytest.approx(100)
    assert score_sizes(Sizes(one, two))["count_error_percent"] == pytest.approx(-50)


@pytest.mark.parametrize(("found", "truth"), [([], [20.0]), ([20.0], []), ([], [])])
def test_without_particles_on_a_side_there_is_no_bias(found, truth):
    score = score_sizes(Sizes(np.array(found), np.array(truth)))
    assert np.isnan(score["d50_bias_percent"])
    assert np.isnan(score["spread_error"])


def test_pooled_sizes_of_pictures_at_two_magnifications_are_in_nm():
    labels = squares((10, 10), (40, 40))
    near = sizes_of(micrograph(pixel_size_nm=(1.0, 1.0)), labels, labels)
    far = sizes_of(micrograph(pixel_size_nm=(2.0, 2.0)), labels, labels)
    pooled = pool([near.scaled(), far.scaled()])
    assert pooled.truth == pytest.approx(diameter(np.array([20, 20, 40, 40])))


def test_pixels_that_are_not_square_count_by_their_area():
    labels = squares((10, 10))
    sizes = sizes_of(micrograph(pixel_size_nm=(1.0, 4.0)), labels, labels).scaled()
    assert sizes.found == pytest.approx([diameter(40)])
