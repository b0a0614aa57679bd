"""Which of two models is better: differences over the same images, so that what is hard about an image cancels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import DataError
from nanosieve.evaluation.evaluate import Evaluation
from nanosieve.evaluation.intervals import estimate_pooled
from nanosieve.outline import FloatArray

# Scores of an image that are compared, the deciding one first, and what makes of each a figure of which more is better:
# how many particles are found and how well they are outlined, then errors of the sizes and of the number.
PAIRED: Mapping[str, str] = {
    "panoptic_quality": "score",
    "d50_bias_percent": "error",
    "count_error_percent": "error",
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a second model gains over a first one.

    Attributes
    ----------
    score : its name; that of an error has ``absolute_`` before it
    first, second : the figure of each model
    gain : by how much the second one is better, > 0 where it is, also for errors
    low, high : 95 % interval of the gain; NaN where there are too few images
    images : how many have the figure for both
    """

    score: str
    first: float
    second: float
    gain: float
    low: float
    high: float
    images: int


def compare_segmenters(first: Evaluation, second: Evaluation) -> tuple[Difference, ...]:
    """Differences of the scores `PAIRED`, each with the bootstrap over images of `estimate_pooled`.

    Raises
    ------
    DataError
        If the two were not scored on the same images.
    """
    check_same_images(
        list(first.images["image"]), list(second.images["image"]), (*first.failures, *second.failures)
    )
    return tuple(
        _difference(
            name, kind == "error", *(each.images[name].to_numpy(np.float64) for each in (first, second))
        )
        for name, kind in PAIRED.items()
        if name in first.images and name in second.images
    )


def check_same_images(first: list[str], second: list[str], failures: tuple[object, ...]) -> None:
    """Refuse what cannot be paired.

    Raises
    ------
    DataError
        Naming the first failure, or an image that only one of the two was scored on.
    """
    if failures:
        raise DataError(f"the models cannot be compared, since not all images could be scored: {failures[0]}")
    if first != second:
        only = sorted(set(first) ^ set(second)) or ["their order"]
        raise DataError(f"the models were not scored on the same images: {only[0]} differs")


def _difference(name: str, error: bool, first: FloatArray, second: FloatArray) -> Difference:
    if error:
        first, second = np.abs(first), np.abs(second)
    known = ~np.isnan(first) & ~np.isnan(second)
    first, second = first[known], second[known]
    gains = first - second if error else second - first
    label = f"absolute_{name}" if error else name
    if not gains.size:
        nothing = float("nan")
        return Difference(
            score=label, first=nothing, second=nothing, gain=nothing, low=nothing, high=nothing, images=0
        )

    def mean(chosen: NDArray[np.int64]) -> FloatArray:
        return np.array([gains[chosen].mean()])

    (estimate,) = estimate_pooled(mean, gains.size)
    return Difference(
        score=label,
        first=float(first.mean()),
        second=float(second.mean()),
        gain=estimate.value,
        low=estimate.low,
        high=estimate.high,
        images=gains.size,
    )
