"""Curves and predictions of a run, as pictures for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from nanosieve.learn.samples import GREY, PARTICLE, Sample
from nanosieve.values import FloatImage
from nanosieve.writing import write_text, write_whole

SIDE_PX = 320
SHOWN = 4


def write_history(folder: Path, history: Sequence[dict[str, float]], metric: str) -> None:
    """``history.csv``, one row an epoch, and ``curves.png``; `metric` is the column of the validation score."""
    columns = list(dict.fromkeys(name for row in history for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    write_text(folder / "history.csv", text.getvalue())
    write_whole(folder / "curves.png", lambda path: _draw_curves(path, history, metric))


def write_predictions(path: Path, samples: Sequence[Sample], foregrounds: Sequence[FloatImage]) -> None:
    """A picture with a row for each image: grey values, labels, probability of particle."""
    rows = [
        np.hstack([_thumbnail(plane) for plane in (sample.planes[GREY], sample.planes[PARTICLE], foreground)])
        for sample, foreground in zip(samples[:SHOWN], foregrounds[:SHOWN], strict=True)
    ]
    picture = imagecodecs.png_encode(np.vstack(rows))
    write_whole(path, lambda target: target.write_bytes(picture))


def _thumbnail(plane: NDArray[Any]) -> NDArray[np.uint8]:
    """The top-left corner with a grey frame."""
    thumbnail = np.full((SIDE_PX + 4, SIDE_PX + 4), 128, np.uint8)
    cut = plane[:SIDE_PX, :SIDE_PX]
    thumbnail[2 : 2 + cut.shape[0], 2 : 2 + cut.shape[1]] = np.round(cut.astype(np.float32) * 255)
    return thumbnail


def _draw_curves(path: Path, history: Sequence[dict[str, float]], metric: str) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([row["epoch"] for row in history], [row["loss"] for row in history], color="#0072B2")
    left.set(xlabel="epoch", ylabel="training loss", yscale="log")
    validated = [row for row in history if metric in row]
    right.plot([row["epoch"] for row in validated], [row[metric] for row in validated], "o-", color="#D55E00")
    right.set(xlabel="epoch", ylabel=f"validation {metric.replace('_', ' ')}")
    figure.savefig(path, dpi=120, format="png")
