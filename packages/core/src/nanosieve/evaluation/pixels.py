"""Scores by pixel: those of Table 1 of Bals and Epple, for the whole image and for the particles only.

What that table means by its two columns could not be checked against the paper; here they mean:

**Whole image**: every pixel counts. The positive class is particle.

**Particles only** (``particles_...``): only pixels near true particles count, `neighbourhood`; so letters, dirt and the
amount of empty ground have no part in it, and it tells how well particles are outlined. Not the true particles' own
pixels alone: there, precision would be 1 whatever is found.

**Rand error** is of instances, not of the two classes. Whole image: the share of all pairs of pixels on which found and
truth disagree, 1 - Rand index, the ground being one segment. Particles only: 1 - foreground-restricted Rand F-score,
ISBI 2012 (adapted Rand error), over the pixels of true particles.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.matching import Counts, Overlap

# How far from a true particle a pixel still counts as near: a quarter of the median diameter keeps the share of ground
# the same at every magnification; below 2 px the outline's own uncertainty would be left out.
BAND_OF_DIAMETER = 0.25
LEAST_BAND_PX = 2.0


def score_pixels(found: NDArray[Any], truth: NDArray[Any], overlap: Overlap) -> dict[str, float]:
    """All scores by pixel of one image.

    Parameters
    ----------
    found, truth : ndarrays of shape (H, W), integer labels, 0 is ground
    overlap : of the two

    Returns
    -------
    dict with ``precision``, ``recall``, ``accuracy``, ``iou``, ``f1``, ``pixel_error`` and ``rand_error``, then the
    same with ``particles_`` before the name; all in [0, 1]
    """
    near = neighbourhood(truth)
    return {
        **score_masks(found > 0, truth > 0),
        "rand_error": rand_error(overlap),
        **{
            f"particles_{name}": value
            for name, value in score_masks(found[near] > 0, truth[near] > 0).items()
        },
        "particles_rand_error": adapted_rand_error(overlap),
    }


def score_masks(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> dict[str, float]:
    """Scores of two masks of the same shape.

    A ratio of nothing to nothing is NaN (the precision where nothing is found), but for two empty masks, which agree:
    their IoU and F1 are 1.
    """
    hits = int(np.count_nonzero(found & truth))
    false = int(np.count_nonzero(found)) - hits
    missed = int(np.count_nonzero(truth)) - hits
    wrong = ratio(false + missed, truth.size)
    empty = 1.0 if truth.size else np.nan
    return {
        "precision": ratio(hits, hits + false),
        "recall": ratio(hits, hits + missed),
        "accuracy": 1 - wrong,
        "iou": ratio(hits, hits + false + missed, empty),
        "f1": ratio(2 * hits, 2 * hits + false + missed, empty),
        "pixel_error": wrong,
    }


def neighbourhood(truth: NDArray[Any]) -> NDArray[np.bool_]:
    """Pixels of true particles, and those no further from one than a quarter of the median diameter, at least 2 px.

    Returns
    -------
    ndarray of shape (H, W); nothing is near where there are no particles
    """
    areas = np.bincount(truth.ravel(), minlength=1)[1:]
    areas = areas[areas > 0]
    if not areas.size:
        return np.zeros(truth.shape, bool)
    band = max(LEAST_BAND_PX, BAND_OF_DIAMETER * float(np.median(np.sqrt(4 * areas / np.pi))))
    distance = cv2.distanceTransform((truth == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    near: NDArray[np.bool_] = distance <= band
    return near


def rand_error(overlap: Overlap) -> float:
    """Share of the pairs of pixels that are together in one labelling and apart in the other; NaN below two pixels.

    References
    ----------
    .. [1] W. M. Rand, J. Am. Stat. Assoc. 66, 846 (1971).
    """
    together = [_pairs(counts) for counts in (overlap.found_areas, overlap.truth_areas, overlap.pixels)]
    return ratio(together[0] + together[1] - 2 * together[2], _pairs(overlap.pixels.sum(keepdims=True)))


def adapted_rand_error(overlap: Overlap) -> float:
    """1 - F-score of the pairs of pixels that are together, over the pixels of true particles only.

    What was not found is one segment. NaN where no particle has two pixels and nothing is together.

    References
    ----------
    .. [1] I. Arganda-Carreras et al., Front. Neuroanat. 9, 142 (2015).
    """
    inside = overlap.truth > 0
    found = np.bincount(overlap.found[inside], overlap.pixels[inside], minlength=1).astype(np.int64)
    either = _pairs(found) + _pairs(overlap.truth_areas[1:])
    return 1 - ratio(2 * _pairs(overlap.pixels[inside]), either)


def ratio(part: float, whole: float, empty: float = np.nan) -> float:
    """``part / whole``, and `empty` where the whole is nothing."""
    return part / whole if whole else empty


def _pairs(counts: Counts) -> int:
    """Number of pairs within groups of so many; exact up to 3e9 pixels."""
    return int((counts * (counts - 1)).sum()) // 2
