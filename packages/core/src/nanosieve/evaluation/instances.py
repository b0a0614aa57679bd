"""Scores by particle: which ones were found, and how well each is covered.

A found particle and a true one are the same where their intersection over union (IoU) is above a limit; from 0.5 on
neither has a second match. ``ap`` is TP / (TP + FP + FN), as StarDist and Cellpose report it: particles carry no
confidence by which COCO's average precision could rank them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosieve.evaluation.overlap import Counts, Overlap
from nanosieve.evaluation.pixels import ratio

# Limits in percent, so that comparing is exact.
MATCH = 50
AP_LIMITS = range(50, 100, 5)


@dataclass(frozen=True)
class Matches:
    """Particles that are the same, m pairs.

    Attributes
    ----------
    found, truth : ndarrays of shape (m,), labels
    iou : ndarray of shape (m,)
    """

    found: Counts
    truth: Counts
    iou: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.iou)


def match(overlap: Overlap, limit: int = MATCH) -> Matches:
    """Pairs of particles whose IoU is above `limit`.

    Parameters
    ----------
    limit : percent, 50 to 100

    Raises
    ------
    ValueError
        If `limit` is below 50, where a particle may have two matches.
    """
    if limit < MATCH:
        raise ValueError(f"below {MATCH} % a particle may have two matches; limit is {limit}")
    pair = (overlap.found > 0) & (overlap.truth > 0)
    found, truth, common = overlap.found[pair], overlap.truth[pair], overlap.pixels[pair]
    union = overlap.found_areas[found] + overlap.truth_areas[truth] - common
    same = 100 * common > limit * union
    return Matches(found[same], truth[same], common[same] / union[same])


def score_instances(overlap: Overlap) -> dict[str, float]:
    """All scores by particle of one image, in [0, 1]; two empty images agree.

    Returns
    -------
    dict with ``instance_precision``, ``instance_recall`` and ``instance_f1`` at IoU > 0.5; ``ap50``, ``ap75`` and
    ``ap50_95``, the mean over 0.50, 0.55, ..., 0.95; ``panoptic_quality``, the sum of the IoU of all matches at 0.5
    over TP + FP/2 + FN/2 [1]_; ``segmentation_quality``, their mean IoU, NaN without a match. The recognition quality
    of [1]_ is ``instance_f1``, and panoptic quality the product of the two.

    References
    ----------
    .. [1] A. Kirillov et al., "Panoptic segmentation", CVPR 2019.
    """
    found, truth = overlap.found_count, overlap.truth_count
    matches = match(overlap)
    hits = {limit: len(match(overlap, limit)) for limit in AP_LIMITS}
    precisions = {limit: ratio(hit, found + truth - hit, 1.0) for limit, hit in hits.items()}
    total_iou = float(matches.iou.sum())
    return {
        "instance_precision": ratio(hits[50], found),
        "instance_recall": ratio(hits[50], truth),
        "instance_f1": ratio(2 * hits[50], found + truth, 1.0),
        "ap50": precisions[50],
        "ap75": precisions[75],
        "ap50_95": float(np.mean(list(precisions.values()))),
        "panoptic_quality": ratio(2 * total_iou, found + truth, 1.0),
        "segmentation_quality": ratio(total_iou, len(matches)),
    }
