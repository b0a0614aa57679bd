"""Scores of images to figures of sources, and of all images."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.evaluation.evaluate import ABOUT, Evaluation
from nanosieve.evaluation.intervals import Estimate, estimate_mean, estimate_pooled
from nanosieve.evaluation.sizes import SIZE_SCORES, pool, score_sizes

ALL = "all images"
COLUMNS = ("source", "score", "images", "value", "sd", "low", "high")


def summarise(evaluation: Evaluation) -> pd.DataFrame:
    """Mean of each score over the images, and the errors of size and number of all their particles together.

    Returns
    -------
    DataFrame with the columns `COLUMNS`, see `Estimate`; ``source`` is `ALL` first, then, where there are several, each
    by name; pooled figures have ``pooled_`` before the name of the score
    """
    images = evaluation.images
    sources = {str(name): np.asarray(rows) for name, rows in images.groupby("source").indices.items()}
    groups = {ALL: np.arange(len(images))} if len(images) else {}
    if len(sources) > 1:
        groups |= dict(sorted(sources.items()))
    rows = [
        {"source": source, "score": score, **asdict(estimate)}
        for source, indices in groups.items()
        for score, estimate in {**_means(images.iloc[indices]), **_pooled(evaluation, indices)}.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _means(images: pd.DataFrame) -> dict[str, Estimate]:
    scores = images.drop(columns=list(ABOUT))
    return {
        str(score): estimate_mean(values.to_numpy(np.float64))
        if score in SIZE_SCORES
        else estimate_mean(values.to_numpy(np.float64), 0, 1)
        for score, values in scores.items()
    }


def _pooled(evaluation: Evaluation, indices: NDArray[np.int64]) -> dict[str, Estimate]:
    sizes = [evaluation.sizes[index] for index in indices]
    # nm where all images have them; else px, whatever the magnification
    if all(each.pixel_side_nm is not None for each in sizes):
        sizes = [each.scaled() for each in sizes]

    def statistics(chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        scores = score_sizes(pool([sizes[index] for index in chosen]))
        return np.array([scores[name] for name in SIZE_SCORES])

    estimates = estimate_pooled(statistics, len(sizes))
    return {f"pooled_{name}": estimate for name, estimate in zip(SIZE_SCORES, estimates, strict=True)}
