"""The strip with text below a picture, found without reading its text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# A bar takes at least 2 % and at most 35 % of the height; half of each of its rows is one grey value.
SHARE_OF_HEIGHT = (0.02, 0.35)
SHARE_OF_ROW = 0.5
# Rows of dense text have less of the ground; this many of the bar's rows may.
DENSE_ROWS = 0.35
# A bar begins sharply: in the rows right above it, so much at most has its grey value. Of the bars in EMPS, found by
# eye, none has more than 0.18; pictures whose own ground gets even towards the bottom have 0.38 and more.
ROWS_ABOVE = 8
SHARE_ABOVE = 0.28
# Nearly one grey value, in 8 bit: JPEG leaves ripples around letters.
TOLERANCE = 2 / 255


def find_data_bar(pixels: NDArray[Any]) -> int:
    """Number of rows at the bottom that are a data bar, 0 where there is none.

    Parameters
    ----------
    pixels : ndarray of shape (H, W) or (H, W, channels)

    Notes
    -----
    The bar's ground is the commonest grey value of its rows, and the row above the bar does not have it: a picture
    that is flat all over has no bar.
    """
    grey = pixels[..., :3].mean(axis=2) if pixels.ndim == 3 else pixels
    height = grey.shape[0]
    least, most = (round(share * height) for share in SHARE_OF_HEIGHT)
    if height < 16 or most < 2:
        return 0
    low, high = float(np.nanmin(grey)), float(np.nanmax(grey))
    if not np.isfinite([low, high]).all() or high <= low:
        return 0
    scaled = np.round((grey - low) / (high - low) / TOLERANCE / 2)
    bottom = scaled[height - most - 1 :][::-1]
    ground, shares = _shares(bottom)
    flat = shares >= SHARE_OF_ROW
    if not flat[: max(2, least)].any():
        return 0
    rows = 0
    for count in range(max(1, least), most + 1):
        # it ends where a flat row is followed by rows that are not
        sharp = shares[count : count + ROWS_ABOVE].mean() < SHARE_ABOVE
        if flat[count - 1] and sharp and flat[:count].mean() >= 1 - DENSE_ROWS:
            rows = count
    if rows == 0 or rows >= most or ground is None:
        return 0
    above = scaled[: height - rows]
    return rows if (np.abs(above - ground) <= 1).mean() < SHARE_OF_ROW / 2 else 0


def _shares(rows: NDArray[Any]) -> tuple[float | None, NDArray[np.float64]]:
    """The commonest grey value of the flattest rows, and its share of each row."""
    modes = []
    for row in rows:
        values, counts = np.unique(row[~np.isnan(row)], return_counts=True)
        modes.append((values[counts.argmax()], counts.max() / len(row)) if len(values) else (np.nan, 0.0))
    flattest = [value for value, share in modes[: max(2, len(modes) // 8)] if share >= SHARE_OF_ROW]
    if not flattest:
        return None, np.zeros(len(rows))
    values, counts = np.unique(flattest, return_counts=True)
    ground = float(values[counts.argmax()])
    shares = (np.abs(rows - ground) <= 1).mean(axis=1)
    return ground, shares
