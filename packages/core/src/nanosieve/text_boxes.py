"""White or black boxes with text in a picture: panel letters, scale bars, labels, found without reading them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.values import FloatImage

# Nearly the brightest or darkest value of the picture, over its range: JPEG leaves ripples around letters.
TOLERANCE = 0.06
LEAST_SIDE_PX = 12
# Of a box, what text leaves of its ground; of the picture, what a box covers.
LEAST_GROUND, MOST_TEXT = 0.4, 0.6
LEAST_TEXT = 0.01
MOST_OF_PICTURE = 0.15
# Its rim is even all around, and what lies beyond it is something else: particles are no rectangles along the pixels.
LEAST_OF_RIM, MOST_BEYOND = 0.95, 0.2
# Paper is of one value, within this over the range, for at least this share of it: a dark particle is noisy. Of 84
# boxes in EMPS the least even has 0.78.
EVEN, LEAST_EVEN = 0.015, 0.75
# Sharp edges are blurred by enlarging a picture, px.
BLUR_PX = 2


def find_text_boxes(grey: FloatImage) -> NDArray[np.bool_] | None:
    """Where boxes with text are; None where there is none.

    Parameters
    ----------
    grey : ndarray of shape (H, W); what is no number is in no box

    Returns
    -------
    ndarray of shape (H, W)
    """
    known = np.isfinite(grey)
    if min(grey.shape) < LEAST_SIDE_PX or not known.any():
        return None
    low = float(np.min(grey, where=known, initial=np.inf))
    high = float(np.max(grey, where=known, initial=-np.inf))
    if high <= low:
        return None
    step, middle = TOLERANCE * (high - low), (low + high) / 2
    found = np.zeros(grey.shape, bool)
    for ground, text in ((grey >= high - step, grey < middle), (grey <= low + step, grey > middle)):
        for box in _even_rectangles(ground):
            if LEAST_TEXT <= text[box].mean() <= MOST_TEXT and _is_paper(grey[box][ground[box]], high - low):
                found[_grown(box)] = True
    return found if found.any() else None


def _even_rectangles(ground: NDArray[np.bool_]) -> list[tuple[slice, slice]]:
    """Upright rectangles whose rim is ground all around, and beyond which it ends."""
    _, _, table, _ = cv2.connectedComponentsWithStats(ground.astype(np.uint8), connectivity=4)
    _, _, width, height, area = table[1:].T
    whole = width * height
    likely = (np.minimum(width, height) >= LEAST_SIDE_PX) & (area >= LEAST_GROUND * whole)
    likely &= whole <= MOST_OF_PICTURE * ground.size
    boxes = [
        (slice(top, top + rows), slice(left, left + columns))
        for left, top, columns, rows, _ in table[1:][likely].tolist()
    ]
    return [box for box in boxes if _is_even(ground, *box)]


def _is_even(ground: NDArray[np.bool_], rows: slice, columns: slice) -> bool:
    inside = ground[rows.start + 1 : rows.stop - 1, columns.start + 1 : columns.stop - 1]
    rim = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    if rim.mean() < LEAST_OF_RIM:
        return False
    height, width = ground.shape
    above, below = rows.start - 1 - BLUR_PX, rows.stop + BLUR_PX
    left, right = columns.start - 1 - BLUR_PX, columns.stop + BLUR_PX
    beyond = [ground[row, columns] for row in (above, below) if 0 <= row < height]
    beyond += [ground[rows, column] for column in (left, right) if 0 <= column < width]
    return bool(beyond) and all(side.mean() <= MOST_BEYOND for side in beyond)


def _is_paper(values: FloatImage, span: float) -> bool:
    return bool(np.mean(np.abs(values - np.median(values)) <= EVEN * span) >= LEAST_EVEN)


def _grown(box: tuple[slice, slice]) -> tuple[slice, slice]:
    """With its blurred edge."""
    rows, columns = (slice(max(0, side.start - BLUR_PX), side.stop + BLUR_PX) for side in box)
    return rows, columns
