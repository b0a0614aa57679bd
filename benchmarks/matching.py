"""Labels found against labels drawn by people."""

from __future__ import annotations

import numpy as np


def pixel_iou(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union of the particle pixels; 1 where neither has any."""
    union = ((found > 0) | (truth > 0)).sum()
    return float(((found > 0) & (truth > 0)).sum() / union) if union else 1.0


def instance_f1(found: np.ndarray, truth: np.ndarray, limit: float = 0.5) -> float:
    """F1 of particles matched at IoU > `limit`; from 0.5 on a match is unique. 1 where neither has any.

    Parameters
    ----------
    found, truth : ndarrays of shape (H, W), integer labels, 0 background; gaps in the numbers do not matter
    """
    if limit < 0.5:
        raise ValueError(f"below 0.5 a particle may have two matches; limit is {limit}")
    _, found = np.unique(found, return_inverse=True)
    _, truth = np.unique(truth, return_inverse=True)
    found, truth = found.ravel(), truth.ravel()
    rows, columns = int(found.max()) + 1, int(truth.max()) + 1
    overlap = np.bincount(found * columns + truth, minlength=rows * columns).reshape(rows, columns)
    union = overlap.sum(axis=1, keepdims=True) + overlap.sum(axis=0, keepdims=True) - overlap
    matches = (overlap[1:, 1:] > limit * union[1:, 1:]).sum()
    count = rows - 1 + columns - 1
    return float(2 * matches / count) if count else 1.0
