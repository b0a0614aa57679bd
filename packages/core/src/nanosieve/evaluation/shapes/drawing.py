"""Text in pictures, and pictures as PNG."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import OutputError
from nanosieve.legend import Colour
from nanosieve.writing import write_whole

WHITE: Colour = (255, 255, 255)
DARK: Colour = (40, 40, 40)
GREY: Colour = (215, 215, 215)
REGULAR = 400


def text_width(text: str, size: int) -> int:
    """Width in px of a text with letters of this size."""
    return int(cv2.getTextSize((0, 0), text, (0, 0), cv2.FontFace("sans"), size)[2])


def shorten(text: str, size: int, width: int) -> str:
    """The text, or its end behind a sign of omission where it is wider than `width` px."""
    shortened = text
    while shortened and text_width(shortened, size) > width:
        shortened = f"…{shortened.removeprefix('…')[1:]}" if shortened != "…" else ""
    return shortened


def write_text(
    picture: NDArray[np.uint8], text: str, centre: tuple[int, int], size: int, colour: Colour = DARK
) -> None:
    """Write a text into a picture; it stands on the y, and its middle is at the x of `centre`."""
    x, y = centre
    font = cv2.FontFace("sans")
    cv2.putText(picture, text, (x - text_width(text, size) // 2, y), colour, font, size, REGULAR)


def write_picture(picture: NDArray[np.uint8], path: Path) -> Path:
    """Write an RGB picture as PNG, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    done, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise OutputError(f"cannot encode {str(path)!r} as PNG")
    return write_whole(path, lambda target: target.write_bytes(encoded.tobytes()))
