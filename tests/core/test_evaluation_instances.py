"""Scores by particle, against optimal matching, brute force, and figures by hand."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from label_images import squares
from nanosieve.evaluation import match, overlap_of, score_instances


def scores(found, truth):
    return score_instances(overlap_of(found, truth))


def dense_iou(found, truth):
    """IoU of every found (rows) with every true particle (columns), one by one."""
    pairs = [
        [(found == a, truth == b) for b in np.unique(truth[truth > 0])] for a in np.unique(found[found > 0])
    ]
    return np.array([[(a & b).sum() / (a | b).sum() for a, b in row] for row in pairs])


def disturbed(seed):
    """Blocks of labels, and the same with each eroded by a share of its own, and some joined."""
    rng = np.random.default_rng(seed)
    truth = np.kron(rng.permutation(36).reshape(6, 6), np.ones((9, 9), int)).astype(np.int32)
    found = np.where(rng.random(truth.shape) < rng.uniform(0, 0.6, 36)[truth], 0, truth)
    found[found % 9 == 1] = 1
    return found, truth


@pytest.mark.parametrize("limit", [50, 60, 75, 90])
@pytest.mark.parametrize("seed", range(4))
def test_matches_are_those_of_the_optimal_assignment(seed, limit):
    found, truth = disturbed(seed)
    iou = dense_iou(found, truth)
    above = np.where(iou > limit / 100, iou, 0)
    rows, columns = linear_sum_assignment(above, maximize=True)
    wanted = sorted(above[rows, columns][above[rows, columns] > 0])
    assert 0 < len(wanted) < 36
    assert sorted(match(overlap_of(found, truth), limit).iou) == pytest.approx(wanted)


@pytest.mark.parametrize("seed", range(4))
def test_scores_agree_with_brute_force(seed):
    found, truth = disturbed(seed)
    iou = dense_iou(found, truth)
    hits = {limit: int((iou > limit / 100).sum()) for limit in range(50, 100, 5)}
    everything = sum(iou.shape)
    wanted = {
        "instance_precision": hits[50] / iou.shape[0],
        "instance_recall": hits[50] / iou.shape[1],
        "instance_f1": 2 * hits[50] / everything,
        "ap50": hits[50] / (everything - hits[50]),
        "ap75": hits[75] / (everything - hits[75]),
        "ap50_95": np.mean([hit / (everything - hit) for hit in hits.values()]),
        "panoptic_quality": iou[iou > 0.5].sum() / (everything / 2),
        "segmentation_quality": iou[iou > 0.5].mean(),
    }
    assert scores(found, truth) == pytest.approx(wanted)


def test_figures_by_hand():
    # one exact, one with IoU 3/5, one missed, one dreamt
    truth = squares((10, 10), (40, 10), (70, 10))
    found = squares((10, 10), (40, 15), (10, 70))
    score = scores(found, truth)
    assert score["instance_f1"] == pytest.approx(2 / 3)
    assert score["ap50"] == pytest.approx(2 / 4)
    assert score["ap75"] == pytest.approx(1 / 5)
    # at 0.50 and 0.55 both match, from 0.60 on (not above it) the exact one
    assert score["ap50_95"] == pytest.approx((2 * 2 / 4 + 8 * 1 / 5) / 10)
    assert score["segmentation_quality"] == pytest.approx((1 + 0.6) / 2)
    assert score["panoptic_quality"] == pytest.approx((1 + 0.6) / (2 + 0.5 + 0.5))


def test_panoptic_quality_is_recognition_times_segmentation_quality():
    score = scores(*disturbed(1))
    assert score["panoptic_quality"] == pytest.approx(score["instance_f1"] * score["segmentation_quality"])


def test_an_iou_of_exactly_one_half_is_no_match():
    # 20 x 20 of 20 x 40
    truth = squares((10, 10))
    found = truth.copy()
    found[10:30, 30:50] = 1
    assert scores(found, truth)["instance_f1"] == 0


def test_joined_particles_are_found_at_most_once():
    truth = squares((10, 10), (10, 30))
    assert scores(np.minimum(truth, 1), truth)["instance_f1"] == 0
    uneven = truth.copy()
    uneven[10:24, 30:50] = 0  # now the other one has less than half of both
    score = scores(np.minimum(uneven, 1), uneven)
    assert score["instance_recall"] == 0.5
    assert score["instance_precision"] == 1


def test_no_particles_on_either_side_agree_and_on_one_side_do_not():
    nothing, truth = np.zeros((100, 100), np.int32), squares((10, 10))
    assert scores(nothing, nothing)["instance_f1"] == scores(nothing, nothing)["panoptic_quality"] == 1
    for one, other in ((nothing, truth), (truth, nothing)):
        score = scores(one, other)
        assert score["instance_f1"] == score["ap50_95"] == score["panoptic_quality"] == 0
        assert np.isnan(score["segmentation_quality"])


def test_below_one_half_matching_is_refused():
    truth = squares((10, 10))
    with pytest.raises(ValueError, match="two matches"):
        match(overlap_of(truth, truth), 40)


def test_fifty_thousand_particles_need_no_dense_table():
    # 250 x 200 particles of 4 x 4 px; a dense table of pairs would have 2.5e9 entries
    truth = np.kron(np.arange(50_000).reshape(250, 200) + 1, np.ones((4, 4), int)).astype(np.int32)
    overlap = overlap_of(np.roll(truth, 1, axis=1), truth)
    assert len(overlap.pixels) == 100_000
    # 12 of 20 px in common
    assert score_instances(overlap)["instance_f1"] == pytest.approx(1)
    assert score_instances(overlap)["segmentation_quality"] == pytest.approx(0.6)
