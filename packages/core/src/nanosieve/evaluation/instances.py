"""Scores by particle: which ones were found, and how well each is covered.

A found particle and a true one are the same where their intersection over union (IoU) is above a limit; from 0.5 on
neither has a second match. ``ap`` is TP / (TP + FP + FN), as StarDist and Cellpose report it: particles carry no
confidence by which COCO's average precision could rank them.
"""

from __future__ import annotations

import numpy as np

from nanosieve.evaluation.pixels import ratio
from nanosieve.matching import Overlap, match

# Limits in percent.
AP_LIMITS = range(50, 100, 5)


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
