"""Whether confidence is what it says: of particles with confidence 0.8, eight of ten should be right.

References
----------
.. [1] C. Guo et al., "On calibration of modern neural networks", ICML 2017.
.. [2] J. Bröcker, L. A. Smith, "Increasing the reliability of reliability diagrams", Weather Forecast. 2007, 22, 651.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.evaluation.intervals import Estimate, estimate_pooled
from nanosieve.evaluation.shapes.drawing import DARK, GREY, WHITE, write_picture, write_text
from nanosieve.evaluation.shapes.shares import NOTHING, Codes, Mask, with_width
from nanosieve.legend import Colour
from nanosieve.outline import FloatArray
from nanosieve.overlay import PALETTE

BINS = 15  # as in [1]_
# How often answers are drawn to learn what chance makes of the error.
ROUNDS = 300
BIN_PX = 44
SIDE_PX = BINS * BIN_PX
COUNTS_PX = 160
MARGIN_PX = 64
TEXT_PX = 15
CURVE: Colour = PALETTE[4]
BAR: Colour = PALETTE[0]


def bins_of(confidence: FloatArray) -> Codes:
    """Which of the `BINS` bins of equal width each confidence lies in; a limit belongs to the bin below it."""
    limits = np.linspace(0, 1, BINS + 1)[1:-1]
    return np.searchsorted(limits, confidence, side="left").astype(np.int64)


def calibrate(confidence: FloatArray, right: Mask) -> pd.DataFrame:
    """How often the likeliest class is right, by its confidence.

    Parameters
    ----------
    confidence : ndarray of shape (n,), probability of the likeliest class
    right : ndarray of shape (n,), whether that is the true class

    Returns
    -------
    DataFrame with one row a bin: its limits ``low`` and ``high``, the number of ``particles``, their mean
    ``confidence`` and their ``accuracy``, NaN in an empty bin
    """
    limits = np.linspace(0, 1, BINS + 1)
    bins = bins_of(confidence)
    counts = np.bincount(bins, minlength=BINS)
    sums = [np.bincount(bins, each, minlength=BINS) for each in (confidence, right)]
    empty = np.full(BINS, np.nan)
    means = [np.divide(each, counts, out=empty.copy(), where=counts > 0) for each in sums]
    return pd.DataFrame(
        {
            "low": limits[:-1],
            "high": limits[1:],
            "particles": counts,
            "confidence": means[0],
            "accuracy": means[1],
        }
    )


def expected_calibration_error(confidence: FloatArray, right: Mask) -> float:
    """Mean over the particles of the distance between confidence and accuracy of their bin [1]_; NaN for none."""
    if not confidence.size:
        return float("nan")
    gaps = np.bincount(bins_of(confidence), confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum()) / confidence.size


def calibration_error_by_chance(confidence: FloatArray) -> float:
    """The expected calibration error that so many particles would have if confidence were exact; NaN for none.

    Parameters
    ----------
    confidence : ndarray of shape (n,)

    Notes
    -----
    The mean over answers drawn with these confidences [2]_, each particle for itself. Particles of one image are alike,
    so chance makes more of it than that.
    """
    if not confidence.size:
        return float("nan")
    generator = np.random.default_rng(0)
    drawn = [
        expected_calibration_error(confidence, generator.random(confidence.size) < confidence)
        for _ in range(ROUNDS)
    ]
    return float(np.mean(drawn))


def estimate_calibration_error(confidence: FloatArray, right: Mask, groups: Codes) -> Estimate:
    """The expected calibration error, with its interval over groups.

    Few particles a bin make a gap by chance alone, in the figure and once more in what is drawn from it: the interval
    reaches too far up rather than down.
    """
    if not confidence.size:
        return NOTHING
    of_groups = np.unique(groups, return_inverse=True)[1]
    count = int(of_groups.max()) + 1
    gaps = np.zeros((count, BINS))
    np.add.at(gaps, (of_groups, bins_of(confidence)), confidence - right)
    particles = np.bincount(of_groups, minlength=count)

    def statistics(chosen: Codes) -> FloatArray:
        times = np.bincount(chosen, minlength=count)
        return np.array([np.abs(times @ gaps).sum() / (times @ particles)])

    (estimate,) = estimate_pooled(statistics, count)
    return with_width(estimate)


def draw_calibration(table: pd.DataFrame) -> NDArray[np.uint8]:
    """Draw accuracy over confidence, and below it how many particles each bin has.

    Parameters
    ----------
    table : from `calibrate`

    Returns
    -------
    ndarray of shape (h, w, 3), uint8 RGB
    """
    height = MARGIN_PX + SIDE_PX + MARGIN_PX + COUNTS_PX + MARGIN_PX
    picture = np.full((height, SIDE_PX + 2 * MARGIN_PX, 3), WHITE, np.uint8)
    left, top, bottom = MARGIN_PX, MARGIN_PX, MARGIN_PX + SIDE_PX
    floor = height - MARGIN_PX
    write_text(
        picture, "accuracy by confidence of the likeliest class", (left + SIDE_PX // 2, 36), TEXT_PX + 3
    )
    for tick in np.linspace(0, 1, 6):
        x, y = round(left + tick * SIDE_PX), round(bottom - tick * SIDE_PX)
        cv2.line(picture, (left, y), (left + SIDE_PX, y), GREY, 1)
        cv2.line(picture, (x, top), (x, bottom), GREY, 1)
        write_text(picture, f"{tick:.1f}", (left - 24, y + TEXT_PX // 3), TEXT_PX)
        write_text(picture, f"{tick:.1f}", (x, bottom + TEXT_PX + 6), TEXT_PX)
        write_text(picture, f"{tick:.1f}", (x, floor + TEXT_PX + 6), TEXT_PX)
    cv2.line(picture, (left, bottom), (left + SIDE_PX, top), DARK, 1, cv2.LINE_AA)
    filled = table[table["particles"] > 0]
    points = np.column_stack(
        [left + filled["confidence"] * SIDE_PX, bottom - filled["accuracy"] * SIDE_PX]
    ).round()
    cv2.polylines(picture, [points.astype(np.int32)], False, CURVE, 3, cv2.LINE_AA)
    for x, y in points.astype(int).tolist():
        cv2.circle(picture, (x, y), 6, CURVE, cv2.FILLED, cv2.LINE_AA)
    most = max(1, int(table["particles"].max()))
    for number, particles in enumerate(table["particles"].tolist()):
        start, high = left + number * BIN_PX, floor - round(particles / most * COUNTS_PX)
        cv2.rectangle(picture, (start + 2, high), (start + BIN_PX - 2, floor), BAR, cv2.FILLED)
        write_text(picture, str(particles), (start + BIN_PX // 2, high - 4), TEXT_PX - 2)
    cv2.line(picture, (left, floor), (left + SIDE_PX, floor), DARK, 1)
    write_text(picture, "confidence, and number of particles", (left + SIDE_PX // 2, height - 14), TEXT_PX)
    return picture


def write_calibration_picture(table: pd.DataFrame, path: Path) -> Path:
    """Write the picture of `draw_calibration` as PNG."""
    return write_picture(draw_calibration(table), path)
