"""Label images with known particles, and how well two agree."""

import numpy as np

from nanosieve.evaluation import overlap_of, score_instances, score_pixels


def squares(*places, side=20, shape=(100, 100)):
    """Squares with their top left corners at (y, x), labelled in that order."""
    labels = np.zeros(shape, np.int32)
    for label, (y, x) in enumerate(places, 1):
        labels[y : y + side, x : x + side] = label
    return labels


def pixel_iou(found, truth):
    """IoU of the particle pixels."""
    return score_pixels(found, truth, overlap_of(found, truth))["iou"]


def instance_f1(found, truth):
    """F1 of particles matched at IoU > 0.5."""
    return score_instances(overlap_of(found, truth))["instance_f1"]
