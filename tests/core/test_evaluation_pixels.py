"""Scores by pixel, against counting by hand, over all pairs of pixels, and by scikit-image."""

from itertools import combinations

import numpy as np
import pytest
from skimage.metrics import adapted_rand_error as skimage_adapted_rand_error

from label_images import squares
from nanosieve.evaluation import overlap_of, score_pixels
from nanosieve.evaluation.pixels import adapted_rand_error, neighbourhood, rand_error, score_masks


def scores(found, truth):
    return score_pixels(found, truth, overlap_of(found, truth))


def random_labels(rng, shape=(7, 8), most=4):
    return rng.integers(0, most, shape).astype(np.int32)


def brute_force_pairs(found, truth, where):
    """Pairs of pixels together in both, in found only, in truth only, and apart in both."""
    counts = np.zeros((2, 2), int)
    pixels = list(zip(found[where].tolist(), truth[where].tolist(), strict=True))
    for one, other in combinations(pixels, 2):
        counts[int(one[0] == other[0]), int(one[1] == other[1])] += 1
    return counts[1, 1], counts[1, 0], counts[0, 1], counts[0, 0]


def test_scores_of_a_shifted_square_follow_from_counting():
    # 400 px each, 300 in common, in a picture of 10 000
    found = scores(squares((10, 15)), squares((10, 10)))
    assert found["precision"] == found["recall"] == found["f1"] == pytest.approx(0.75)
    assert found["iou"] == pytest.approx(300 / 500)
    assert found["pixel_error"] == pytest.approx(200 / 10_000)
    assert found["accuracy"] == pytest.approx(1 - 200 / 10_000)


def test_the_same_labels_have_no_error():
    truth = squares((10, 10), (10, 30), (60, 60))
    found = scores(truth, truth)
    errors = {name for name in found if name.endswith("error")}
    assert all(found[name] == (0 if name in errors else 1) for name in found)


def test_numbers_of_labels_do_not_matter():
    truth = squares((10, 10), (10, 30), (60, 60))
    assert scores(np.array([0, 7, 2, 40])[truth], truth) == scores(truth, truth)


def test_rand_1971_gives_0_6_for_its_example():
    # his six points: (a, b, c) (d, e, f) against (a, b) (c, d, e) (f)
    one, other = np.array([[1, 1, 1, 2, 2, 2]]), np.array([[1, 1, 2, 2, 2, 3]])
    assert 1 - rand_error(overlap_of(one, other)) == pytest.approx(0.6)


@pytest.mark.parametrize("seed", range(5))
def test_rand_errors_agree_with_all_pairs_of_pixels(seed):
    rng = np.random.default_rng(seed)
    found, truth = random_labels(rng), random_labels(rng)
    both, only_found, only_truth, apart = brute_force_pairs(found, truth, np.ones(truth.shape, bool))
    disagree = only_found + only_truth
    assert rand_error(overlap_of(found, truth)) == pytest.approx(disagree / (disagree + both + apart))
    both, only_found, only_truth, _ = brute_force_pairs(found, truth, truth > 0)
    precision, recall = both / (both + only_found), both / (both + only_truth)
    f_score = 2 * precision * recall / (precision + recall)
    assert adapted_rand_error(overlap_of(found, truth)) == pytest.approx(1 - f_score)


@pytest.mark.parametrize("seed", range(5))
def test_adapted_rand_error_is_that_of_scikit_image(seed):
    rng = np.random.default_rng(seed)
    truth = random_labels(rng, (60, 50), most=30)
    found = np.where(rng.random(truth.shape) < 0.8, truth, random_labels(rng, truth.shape, most=30))
    wanted, _, _ = skimage_adapted_rand_error(truth, found)
    assert adapted_rand_error(overlap_of(found, truth)) == pytest.approx(wanted)


def test_joining_two_particles_is_an_error_of_instances_not_of_pixels():
    truth = squares((10, 10), (10, 30))
    found = scores(np.minimum(truth, 1), truth)
    assert found["pixel_error"] == found["particles_pixel_error"] == 0
    # 400 x 400 pairs are joined that are not, of all pairs of 10 000 pixels
    assert found["rand_error"] == pytest.approx(400 * 400 / (10_000 * 9_999 / 2))
    # of the pairs together in found, 400 * 399 of 800 * 799 / 2 are right, and all that are together in truth
    precision = 400 * 399 / (800 * 799 / 2)
    assert found["particles_rand_error"] == pytest.approx(1 - 2 * precision / (precision + 1))


def test_dirt_far_from_particles_counts_in_the_whole_image_only():
    truth = squares((10, 10))
    dirty = truth.copy()
    dirty[80:, 80:] = 2
    whole, clean = scores(dirty, truth), scores(truth, truth)
    assert whole["precision"] == pytest.approx(0.5)
    assert {name: whole[name] for name in whole if name.startswith("particles_")} == {
        name: clean[name] for name in clean if name.startswith("particles_")
    }


def test_particles_only_does_not_depend_on_how_much_ground_the_picture_shows():
    truth, found = squares((40, 40)), squares((42, 41))
    wide = [np.pad(labels, 300) for labels in (found, truth)]
    near, far = scores(found, truth), scores(*wide)
    assert far["accuracy"] > near["accuracy"]
    for name in near:
        if name.startswith("particles_"):
            assert far[name] == pytest.approx(near[name]), name


def test_a_particle_found_too_large_loses_precision_near_it():
    # 2 px too large on each side, well within the band of a quarter of 22.6 px
    found = scores(squares((38, 38), side=24), squares((40, 40)))
    assert found["particles_recall"] == 1
    assert found["particles_precision"] == pytest.approx(400 / 576)


def test_the_band_is_a_quarter_of_the_median_diameter_and_never_below_two_pixels():
    # equivalent diameter of a square of 40 px: 45.1 px, a quarter is 11.3
    row = neighbourhood(squares((30, 30), side=40))[50]
    assert np.flatnonzero(row).tolist() == list(range(30 - 11, 70 + 11))
    # of 3 px: 3.4 px
    row = neighbourhood(squares((30, 30), side=3))[31]
    assert np.flatnonzero(row).tolist() == list(range(28, 35))


def test_what_is_not_defined_is_nan():
    nothing, truth = np.zeros((100, 100), np.int32), squares((10, 10))
    missed, dreamt = scores(nothing, truth), scores(truth, nothing)
    assert np.isnan(missed["precision"])
    assert missed["recall"] == missed["iou"] == missed["f1"] == 0
    assert np.isnan(dreamt["recall"])
    assert dreamt["precision"] == dreamt["iou"] == 0
    assert all(np.isnan(dreamt[name]) for name in dreamt if name.startswith("particles_"))


def test_two_empty_images_agree():
    nothing = np.zeros((10, 10), np.int32)
    found = scores(nothing, nothing)
    assert found["iou"] == found["f1"] == found["accuracy"] == 1
    assert found["rand_error"] == 0


def test_f1_and_iou_are_one_figure():
    # the paper's IoU of 0.93 and 0.92 and its F1 of 0.96 and 0.96 fit this
    rng = np.random.default_rng(0)
    found, truth = rng.random((2, 50, 50)) < 0.4
    score = score_masks(found, truth)
    assert score["f1"] == pytest.approx(2 * score["iou"] / (1 + score["iou"]))


def test_pictures_of_different_size_are_refused():
    with pytest.raises(ValueError, match="shape"):
        overlap_of(np.zeros((3, 4), np.int32), np.zeros((4, 3), np.int32))
