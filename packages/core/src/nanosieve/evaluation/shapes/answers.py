"""What a classifier says of labelled particles, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.quality import UNKNOWN
from nanosieve.values import Classification

# What stands before the probabilities.
ABOUT = (
    *("image", "source", "group", "label", "true_class"),
    *("found", "best_class", "confidence", "answer"),
)
PROBABILITY = "p_"


def tabulate_answers(
    image: str,
    source: str,
    group: str,
    true_classes: Mapping[int, str],
    indices: NDArray[np.int64],
    classification: Classification,
    answers: Sequence[str],
) -> pd.DataFrame:
    """One row a labelled particle, in the order of the labels.

    Parameters
    ----------
    true_classes : by label
    indices : which particle of the classification each is, in the order of the labels; -1 for one that was not found
    answers : of all particles of the classification, ``"unknown"`` below the limit of confidence

    Returns
    -------
    DataFrame with the columns `ABOUT`, then the probability of each class with `PROBABILITY` before its name; where
    ``found`` is False, all that follows is missing
    """
    labels = sorted(true_classes)
    found = indices >= 0
    probabilities = np.full((len(labels), len(classification.classes)), np.nan)
    probabilities[found] = classification.probabilities[indices[found]]
    confidence = np.full(len(labels), np.nan)
    confidence[found] = classification.confidence[indices[found]]
    best = classification.best
    columns = {
        "image": pd.Series([image] * len(labels), dtype="str"),
        "source": pd.Series([source] * len(labels), dtype="str"),
        "group": pd.Series([group] * len(labels), dtype="str"),
        "label": np.array(labels, np.int64),
        "true_class": pd.Series([true_classes[label] for label in labels], dtype="str"),
        "found": found,
        "best_class": pd.Series([best[index] if index >= 0 else None for index in indices], dtype="str"),
        "confidence": confidence,
        "answer": pd.Series([answers[index] if index >= 0 else None for index in indices], dtype="str"),
    }
    by_class = {
        f"{PROBABILITY}{name}": column
        for name, column in zip(classification.classes, probabilities.T, strict=True)
    }
    return pd.DataFrame({**columns, **by_class})


def empty_answers(classes: tuple[str, ...]) -> pd.DataFrame:
    """The table of no particle."""
    return tabulate_answers("", "", "", {}, np.empty(0, np.int64), _nothing(classes), ())


def tabulate_several(
    image: str,
    source: str,
    group: str,
    labels: NDArray[np.int64],
    classification: Classification,
    answers: Sequence[str],
) -> pd.DataFrame:
    """One row a found particle that holds several labelled ones; it is none of them, and should not be sized.

    Parameters
    ----------
    labels : of those found particles
    answers : of all particles of the classification

    Returns
    -------
    DataFrame with the columns ``image``, ``source``, ``group``, ``found_label``, ``best_class``, ``confidence``,
    ``answer``
    """
    indices = (labels - 1).tolist()
    best = classification.best
    return pd.DataFrame(
        {
            "image": pd.Series([image] * len(labels), dtype="str"),
            "source": pd.Series([source] * len(labels), dtype="str"),
            "group": pd.Series([group] * len(labels), dtype="str"),
            "found_label": labels,
            "best_class": pd.Series([best[index] for index in indices], dtype="str"),
            "confidence": classification.confidence[indices].astype(np.float64),
            "answer": pd.Series([answers[index] for index in indices], dtype="str"),
        }
    )


def empty_several(classes: tuple[str, ...]) -> pd.DataFrame:
    """The table of none that holds several."""
    return tabulate_several("", "", "", np.empty(0, np.int64), _nothing(classes), ())


def true_classes_of(table: pd.DataFrame, classes: Sequence[str]) -> tuple[str, ...]:
    """The classes of the model in its order, then those that it does not know by name.

    A model may have ``"unknown"`` among its classes; no particle truly is, unless the data say so.
    """
    there = set(table["true_class"])
    learnt = (name for name in classes if name != UNKNOWN or name in there)
    return (*learnt, *sorted(there - set(classes)))


def answers_of(classes: Sequence[str]) -> tuple[str, ...]:
    """What a model may answer: its classes, and last that it does not know."""
    return (*(name for name in classes if name != UNKNOWN), UNKNOWN)


def _nothing(classes: tuple[str, ...]) -> Classification:
    return Classification(classes=classes, probabilities=np.empty((0, len(classes)), np.float32))
