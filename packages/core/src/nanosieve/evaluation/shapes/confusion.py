"""Which shape is taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.evaluation.shapes.answers import answers_of, true_classes_of
from nanosieve.evaluation.shapes.drawing import (
    DARK,
    GREY,
    WHITE,
    shorten,
    text_width,
    write_picture,
    write_text,
)
from nanosieve.legend import Colour
from nanosieve.overlay import PALETTE

TEXT_PX = 16
CELL_HEIGHT_PX = 56
NARROWEST_PX, WIDEST_PX = 84, 150
TOP_PX = 84
PAD_PX = 12
FULL: Colour = PALETTE[6]


def confuse(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Number of particles by true class and answer; those that the segmenter missed have no answer.

    Parameters
    ----------
    table : from `tabulate_answers`
    classes : those that the model knows

    Returns
    -------
    DataFrame of integers
        A row a true class, those that the model does not know below the others; a column an answer, ``"unknown"`` last.
    """
    rows, columns = true_classes_of(table, classes), answers_of(classes)
    found = table[table["found"]]
    counts = found.groupby(["true_class", "answer"]).size()
    cells = [[int(counts.get((row, column), 0)) for column in columns] for row in rows]
    return pd.DataFrame(cells, index=pd.Index(rows, name="true_class"), columns=list(columns), dtype=np.int64)


def draw_confusion(confusion: pd.DataFrame, classes: Sequence[str]) -> NDArray[np.uint8]:
    """Draw the table: a cell is as dark as its share of its row, and says share and count.

    Returns
    -------
    ndarray of shape (h, w, 3), uint8 RGB; a line parts the classes that the model does not know from those above
    """
    rows, columns = [str(name) for name in confusion.index], [str(name) for name in confusion.columns]
    widest = max(text_width(name, TEXT_PX) for name in (*rows, *columns)) + 2 * PAD_PX
    cell_width = min(max(widest, NARROWEST_PX), WIDEST_PX)
    left = cell_width + PAD_PX
    height, width = TOP_PX + len(rows) * CELL_HEIGHT_PX + PAD_PX, left + len(columns) * cell_width + PAD_PX
    picture = np.full((height, width, 3), WHITE, np.uint8)
    write_text(
        picture, "true class (rows) and answer (columns)", (left + (width - left) // 2, 30), TEXT_PX + 2
    )
    for column, name in enumerate(columns):
        centre = left + column * cell_width + cell_width // 2
        write_text(picture, shorten(name, TEXT_PX, cell_width - 6), (centre, TOP_PX - PAD_PX), TEXT_PX)
    for row, (name, counts) in enumerate(zip(rows, confusion.to_numpy(), strict=True)):
        top = TOP_PX + row * CELL_HEIGHT_PX
        write_text(
            picture, shorten(name, TEXT_PX, cell_width - 6), (left // 2, top + CELL_HEIGHT_PX // 2), TEXT_PX
        )
        write_text(
            picture, f"n = {counts.sum()}", (left // 2, top + CELL_HEIGHT_PX // 2 + TEXT_PX + 2), TEXT_PX - 3
        )
        for column, count in enumerate(counts.tolist()):
            share = count / counts.sum() if counts.sum() else 0.0
            corner = left + column * cell_width, top
            _draw_cell(picture, corner, cell_width, share, count, columns[column] == name)
    unseen = TOP_PX + len(classes) * CELL_HEIGHT_PX
    if len(rows) > len(classes):
        cv2.line(picture, (PAD_PX, unseen), (width - PAD_PX, unseen), DARK, 2)
    return picture


def write_confusion_picture(confusion: pd.DataFrame, classes: Sequence[str], path: Path) -> Path:
    """Write the picture of `draw_confusion` as PNG."""
    return write_picture(draw_confusion(confusion, classes), path)


def _draw_cell(
    picture: NDArray[np.uint8], corner: tuple[int, int], width: int, share: float, count: int, right: bool
) -> None:
    """One cell with its top left corner at (x, y); a right answer has a dark frame."""
    x, y = corner
    end = x + width - 2, y + CELL_HEIGHT_PX - 2
    fill = [round(light + share * (full - light)) for light, full in zip(WHITE, FULL, strict=True)]
    cv2.rectangle(picture, (x + 1, y + 1), end, fill, cv2.FILLED)
    cv2.rectangle(picture, (x + 1, y + 1), end, DARK if right else GREY, 2 if right else 1)
    if not count:
        return
    colour = WHITE if share > 0.5 else DARK
    centre = x + width // 2
    write_text(picture, f"{100 * share:.0f} %", (centre, y + CELL_HEIGHT_PX // 2 - 2), TEXT_PX, colour)
    write_text(picture, str(count), (centre, y + CELL_HEIGHT_PX // 2 + TEXT_PX + 1), TEXT_PX - 3, colour)
