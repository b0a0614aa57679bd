"""Scores of a classifier by class and over all, each with a 95 % interval over the groups that have particles for it.

A group is a paper or specimen of one source.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.evaluation.intervals import Estimate
from nanosieve.evaluation.shapes.answers import true_classes_of
from nanosieve.evaluation.shapes.calibration import calibration_error_by_chance, estimate_calibration_error
from nanosieve.evaluation.shapes.evaluate import ShapeEvaluation
from nanosieve.evaluation.shapes.shares import NOTHING, Codes, Mask, estimate_mean_share, estimate_share
from nanosieve.outline import FloatArray
from nanosieve.quality import UNKNOWN

MEAN = "mean of classes"
ClassScore = Literal["accuracy", "accuracy_of_all", "unknown"]
CLASS_SCORES: tuple[ClassScore, ...] = ("accuracy", "accuracy_of_all", "unknown")


@dataclass(frozen=True, kw_only=True)
class ShapeScores:
    """Scores by class, and over all particles.

    Attributes
    ----------
    classes : one row a true class, those that the model does not know below the others, last their `MEAN`. Columns:
        ``class``; ``known`` to the model; ``particles`` that were classified; ``missed`` by the segmenter; then
        ``accuracy`` of the answers other than unknown, ``accuracy_of_all``, how often the likeliest class is right
        whatever its confidence, and the share of ``unknown``, each with its interval (``_low``, ``_high``)
    overall : one row a ``score`` with ``value``, ``low``, ``high``, and of how many ``groups`` and ``particles`` it is
    """

    classes: pd.DataFrame
    overall: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class _Answered:
    """The particles that were classified, n of them: ndarrays of shape (n,).

    Attributes
    ----------
    truth : true class as a number, 0 to k - 1 for the k classes that the model knows
    known : the model knows the true class
    excluded : the true class is one of those that are not sized
    named : the answer is the true class
    right : the likeliest class is the true class, whatever its confidence
    decided : the answer is not unknown
    strange : unknown is the likeliest class, so that it is no lack of confidence that makes it unknown
    accepted : the answer is a class that is sized
    """

    groups: Codes
    truth: Codes
    known: Mask
    excluded: Mask
    named: Mask
    right: Mask
    decided: Mask
    strange: Mask
    accepted: Mask
    confidence: FloatArray

    def part_of(self, score: ClassScore) -> tuple[Mask, Mask]:
        """Which particles a score counts, and of which it takes their share."""
        everything = np.ones(len(self.truth), bool)
        parts = {
            "accuracy": (self.named, self.decided),
            "accuracy_of_all": (self.right, everything),
            "unknown": (~self.decided, everything),
        }
        return parts[score]


def score_shapes(evaluation: ShapeEvaluation) -> ShapeScores:
    """Score what a classifier answered.

    Particles that the segmenter missed count in no score. Classes that the model does not know have no accuracy, and
    count neither in means over classes nor in the calibration error.

    The scores over all are ``balanced_accuracy``, ``balanced_accuracy_of_all`` and ``unknown``, the means over classes;
    ``calibration_error``, and ``calibration_error_by_chance``, what it would be were confidence exact;
    ``calibration_error_with_unseen``, that of all particles, where unknown is right for a particle of a class that the
    model does not know (the confidence in unknown is wrong by definition where there are none); ``leakage``, the
    share of the particles of excluded classes (agglomerates, covered ones) that got a class that is sized;
    ``several_accepted``, the share of the found particles that hold several labelled ones that did;
    ``known_lost``, the share of the particles of a class that the model knows that it takes for none of them, whatever
    its confidence; ``unseen_rejected``, the share of the particles of a class that the model does not know that ended
    as unknown or in an excluded class.
    """
    answered = _answered(evaluation)
    means = {
        score: estimate_mean_share(part, whole & answered.known, answered.truth, answered.groups)
        for score in CLASS_SCORES
        for part, whole in [answered.part_of(score)]
    }
    return ShapeScores(
        classes=_by_class(evaluation, answered, means), overall=_over_all(evaluation, answered, means)
    )


def _answered(evaluation: ShapeEvaluation) -> _Answered:
    table = evaluation.particles[evaluation.particles["found"]]
    names = true_classes_of(evaluation.particles, evaluation.classes)
    truth, best, answer = (
        table[column].to_numpy(object) for column in ("true_class", "best_class", "answer")
    )
    return _Answered(
        groups=_groups(table),
        truth=np.array([names.index(name) for name in truth], np.int64),
        known=_among(truth, evaluation.classes),
        excluded=_among(truth, evaluation.rules.excluded_classes),
        named=np.asarray(answer == truth, bool),
        right=np.asarray(best == truth, bool),
        decided=np.asarray(answer != UNKNOWN, bool),
        strange=np.asarray((best == UNKNOWN) & (truth != UNKNOWN), bool),
        accepted=_accepted(answer, evaluation),
        confidence=table["confidence"].to_numpy(np.float64),
    )


def _by_class(
    evaluation: ShapeEvaluation, answered: _Answered, means: dict[ClassScore, Estimate]
) -> pd.DataFrame:
    table = evaluation.particles
    missed = table[~table["found"]]["true_class"].value_counts()
    rows: list[dict[str, object]] = []
    for number, name in enumerate(true_classes_of(table, evaluation.classes)):
        known, own = name in evaluation.classes, answered.truth == number
        estimates = {
            score: estimate_share(part, whole & own, answered.groups)
            if known or score == "unknown"
            else NOTHING
            for score in CLASS_SCORES
            for part, whole in [answered.part_of(score)]
        }
        counts = {"particles": int(np.count_nonzero(own)), "missed": int(missed.get(name, 0))}
        rows.append({"class": name, "known": known, **counts, **_columns(estimates)})
    known_rows = [row for row in rows if row["known"]]
    total = pd.DataFrame(known_rows, columns=["particles", "missed"]).sum().astype(int).to_dict()
    return pd.DataFrame([*rows, {"class": MEAN, "known": True, **total, **_columns(means)}])


def _over_all(
    evaluation: ShapeEvaluation, answered: _Answered, means: dict[ClassScore, Estimate]
) -> pd.DataFrame:
    known, excluded, groups = answered.known, answered.excluded, answered.groups
    calibration = estimate_calibration_error(answered.confidence[known], answered.right[known], groups[known])
    by_chance = calibration_error_by_chance(answered.confidence[known])
    with_unseen = NOTHING
    if not known.all():
        right = np.where(known, answered.right, answered.strange)
        with_unseen = estimate_calibration_error(answered.confidence, right, groups)
    several = evaluation.several
    sized = _accepted(several["answer"].to_numpy(object), evaluation)
    decided, of_known = int(np.count_nonzero(known & answered.decided)), int(np.count_nonzero(known))
    scores = {
        "balanced_accuracy": (means["accuracy"], decided),
        "balanced_accuracy_of_all": (means["accuracy_of_all"], of_known),
        "unknown": (means["unknown"], of_known),
        "calibration_error": (calibration, of_known),
        "calibration_error_by_chance": (
            replace(calibration, value=by_chance, low=np.nan, high=np.nan),
            of_known,
        ),
        "calibration_error_with_unseen": (with_unseen, len(known)),
        "leakage": (estimate_share(answered.accepted, excluded, groups), int(np.count_nonzero(excluded))),
        "several_accepted": (
            estimate_share(sized, np.ones(len(several), bool), _groups(several)),
            len(several),
        ),
        "known_lost": (estimate_share(answered.strange, known, groups), of_known),
        "unseen_rejected": (estimate_share(~answered.accepted, ~known, groups), len(known) - of_known),
    }
    return pd.DataFrame(
        [
            {
                "score": score,
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "groups": estimate.images,
                "particles": particles,
            }
            for score, (estimate, particles) in scores.items()
        ]
    )


def _groups(table: pd.DataFrame) -> Codes:
    """The group of each row as a number; those of the same name in two sources are two."""
    return np.asarray(table.groupby(["source", "group"]).ngroup(), np.int64)


def _accepted(answer: NDArray[np.object_], evaluation: ShapeEvaluation) -> Mask:
    """Which answers are a class that is sized."""
    return ~_among(answer, (*evaluation.rules.excluded_classes, UNKNOWN))


def _columns(estimates: dict[ClassScore, Estimate]) -> dict[str, float]:
    columns: dict[str, float] = {}
    for score, estimate in estimates.items():
        columns |= {score: estimate.value, f"{score}_low": estimate.low, f"{score}_high": estimate.high}
    return columns


def _among(names: NDArray[np.object_], classes: tuple[str, ...]) -> Mask:
    return np.array([name in classes for name in names], bool)
