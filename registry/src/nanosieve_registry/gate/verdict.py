"""Whether a version is better than the champion: beyond doubt, on enough images that it has not learnt from."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from nanosieve.evaluation.pairing import Difference
from nanosieve_registry.errors import PromotionError
from nanosieve_registry.gate.comparing import Comparison
from nanosieve_registry.gate.evaluation_sets import EvaluationSet

# From here on the expanded bootstrap by image covers what it says to 1 to 2 %: `nanosieve.evaluation.intervals`.
FEWEST_IMAGES = 10


def check_count(images: int) -> None:
    """Refuse a set that is too small to tell.

    Raises
    ------
    PromotionError
        If it has fewer than `FEWEST_IMAGES`.
    """
    if images < FEWEST_IMAGES:
        raise PromotionError(
            f"the evaluation set has {images} image(s); it takes {FEWEST_IMAGES} to tell which of two models is better"
        )


def check_better(comparison: Comparison) -> None:
    """Refuse a second model that is worse than the first, not surely better, or that knows the images.

    Raises
    ------
    PromotionError
        With the figures.
    """
    first, second = comparison.first, comparison.second
    if comparison.seen[second]:
        raise PromotionError(
            f"{second} has learnt from {comparison.seen[second]} of the images of the evaluation set: its scores there "
            "say nothing of new images"
        )
    deciding, *others = comparison.differences
    check_count(deciding.images)
    figures = text_of(deciding)
    if math.isnan(deciding.low):
        raise PromotionError(f"there is no interval for {figures}: a class is in too few images to tell")
    if deciding.high < 0:
        raise PromotionError(f"{second} is worse than {first}: {figures}")
    if deciding.low <= 0:
        raise PromotionError(f"{second} is not surely better than {first}: {figures}; the interval holds 0")
    for other in others:
        if other.high < 0:
            raise PromotionError(
                f"{second} has the better {deciding.score}, but it is worse than {first} in another: {text_of(other)}"
            )


def text_of(difference: Difference) -> str:
    """``"panoptic_quality 0.81 against 0.74, gain 0.07 (0.03 to 0.11, 24 images)"``."""
    return (
        f"{difference.score} {difference.second:.4g} against {difference.first:.4g}, gain {difference.gain:.3g} "
        f"({difference.low:.3g} to {difference.high:.3g}, {difference.images} images)"
    )


def figures_of(comparison: Comparison, described: EvaluationSet) -> dict[str, Any]:
    """What the record of a decision keeps: plain JSON values, NaN as None."""
    return {
        "first": comparison.first,
        "second": comparison.second,
        "fingerprint": described.fingerprint,
        "split": described.split,
        "images": described.images,
        "seen": dict(comparison.seen),
        "differences": [
            {
                key: None if isinstance(value, float) and math.isnan(value) else value
                for key, value in row.items()
            }
            for row in (asdict(difference) for difference in comparison.differences)
        ],
    }
