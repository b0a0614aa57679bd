"""Which of two classifiers is better: how many particles of each class each one names rightly, on the same images."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.evaluation.intervals import estimate_pooled
from nanosieve.evaluation.pairing import Difference, check_same_images
from nanosieve.evaluation.shapes.evaluate import ShapeEvaluation
from nanosieve.outline import FloatArray

SCORE = "balanced_accuracy_of_all"


def compare_classifiers(first: ShapeEvaluation, second: ShapeEvaluation) -> tuple[Difference, ...]:
    """The difference of the share of particles that are named rightly, the mean over the classes.

    The likeliest class counts, whatever its confidence; a particle that a segmenter missed counts as wrong, and so does
    one of a class that a model does not know. Images are drawn again together with all their particles, see
    `estimate_pooled`; there is no interval where a class is in a single image only.

    Raises
    ------
    DataError
        If the two were not scored on the same images.
    """
    failures = (*first.failures, *second.failures)
    names = [sorted(set(each.particles["image"])) for each in (first, second)]
    check_same_images(names[0], names[1], failures)
    images, classes = (sorted(set(first.particles[column])) for column in ("image", "true_class"))
    totals = _counts(first.particles, images, classes)
    rights = [_counts(_right(each.particles), images, classes) for each in (first, second)]

    def statistics(chosen: NDArray[np.int64]) -> FloatArray:
        times = np.bincount(chosen, minlength=len(images))
        particles = times @ totals
        if not particles.all():  # without one of the classes it would be the mean of something else
            return np.full(3, np.nan)
        before, after = (float(np.mean(times @ right / particles)) for right in rights)
        return np.array([before, after, after - before])

    before, after, gain = estimate_pooled(statistics, len(images))
    known = bool((totals > 0).sum(axis=0).min() > 1)
    return (
        Difference(
            score=SCORE,
            first=before.value,
            second=after.value,
            gain=gain.value,
            low=gain.low if known else float("nan"),
            high=gain.high if known else float("nan"),
            images=len(images),
        ),
    )


def _right(particles: pd.DataFrame) -> pd.DataFrame:
    return particles[particles["best_class"] == particles["true_class"]]


def _counts(particles: pd.DataFrame, images: list[str], classes: list[str]) -> FloatArray:
    """Particles by image and true class."""
    counts = pd.crosstab(particles["image"], particles["true_class"])
    return counts.reindex(index=images, columns=classes, fill_value=0).to_numpy(np.float64)
