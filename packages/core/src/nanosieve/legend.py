"""The strip below an overlay: what the colours mean, and a scale bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.values import Micrograph

Colour = tuple[int, int, int]

INK: Colour = (240, 240, 240)
STRIP: Colour = (32, 32, 32)
ROUND_MANTISSAS = (1, 2, 5)
# Share of the picture's width that a scale bar may take.
LONGEST_BAR = 0.25


@dataclass(frozen=True)
class Entry:
    """One line of the legend."""

    text: str
    colour: Colour
    dashed: bool = False


def draw_legend(entries: Sequence[Entry], micrograph: Micrograph, width: int, zoom: int) -> NDArray[np.uint8]:
    """Draw the strip.

    Parameters
    ----------
    width : of the picture above, in its own px
    zoom : how many px of the picture are one px of the micrograph

    Returns
    -------
    ndarray of shape (h, width, 3), uint8 RGB
    """
    size = int(np.clip(width // 55, 11, 36))
    font = cv2.FontFace("sans")
    swatch, gap, row_height = 2 * size, size // 2, 2 * size
    positions, x, row = [], gap, 0
    for entry in entries or [Entry("no particles", INK)]:
        entry_width = swatch + 2 * gap + _text_width(entry.text, font, size) + size
        if x > gap and x + entry_width > width:
            x, row = gap, row + 1
        positions.append((entry, x, row))
        x += entry_width
    strip = np.full(((row + 2) * row_height, width, 3), STRIP, np.uint8)
    for entry, x, row in positions:
        y = row * row_height + row_height // 2
        step = swatch // 4 if entry.dashed else swatch
        for start in range(0, swatch, step):
            end = start + (step // 2 if entry.dashed else step)
            cv2.line(strip, (x + start, y), (x + end, y), entry.colour, max(2, size // 6), cv2.LINE_AA)
        cv2.putText(strip, entry.text, (x + swatch + gap, y + size // 3), INK, font, size, 400)
    _draw_scale(strip, micrograph, zoom, font, size)
    return strip


def scale_bar(micrograph: Micrograph, longest_px: float) -> tuple[float, str] | None:
    """Length in px and label of the longest round scale bar that fits; None without a pixel size."""
    return None if micrograph.pixel_size_nm is None else round_bar(micrograph.pixel_size_nm[1], longest_px)


def round_bar(x_nm: float, longest_px: float) -> tuple[float, str]:
    """As `scale_bar`, from the size of a pixel along the row, in nm."""
    length_nm = round_length(longest_px * x_nm)
    unit, factor = next(
        ((unit, factor) for unit, factor in (("mm", 1e6), ("µm", 1e3), ("nm", 1.0)) if length_nm >= factor),
        ("pm", 1e-3),
    )
    return length_nm / x_nm, f"{length_nm / factor:g} {unit}"


def round_length(longest: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50, ... that is at most `longest`, which is > 0."""
    decade = 10.0 ** math.floor(math.log10(longest))
    return max(mantissa * decade for mantissa in ROUND_MANTISSAS if mantissa * decade <= longest)


def _draw_scale(
    strip: NDArray[np.uint8], micrograph: Micrograph, zoom: int, font: cv2.FontFace, size: int
) -> None:
    width = strip.shape[1]
    y = strip.shape[0] - size
    bar = scale_bar(micrograph, width * LONGEST_BAR / zoom)
    length, text = (bar[0] * zoom, bar[1]) if bar else (0.0, "no pixel size")
    x = size // 2
    if length:
        right = round(x + length)
        cv2.rectangle(strip, (x, y - size // 6), (right, y + size // 6), INK, cv2.FILLED)
        x = right + size // 2
    cv2.putText(strip, text, (x, y + size // 3), INK, font, size, 400)


def _text_width(text: str, font: cv2.FontFace, size: int) -> int:
    return int(cv2.getTextSize((0, 0), text, (0, 0), font, size)[2])
