"""A picture of the most confident mistakes: what a classifier is sure of and wrong about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.evaluation.shapes.drawing import shorten, write_picture, write_text
from nanosieve.evaluation.shapes.evaluate import ShapeCase
from nanosieve.evaluation.shapes.shares import Mask
from nanosieve.legend import INK, STRIP
from nanosieve.overlay import PALETTE, SHIFT
from nanosieve.particles import Particle
from nanosieve.quality import UNKNOWN

SHOWN = 40
COLUMNS = 8
TILE_PX = 220
TEXT_PX = 15
CAPTION_PX = 46
GAP_PX = 4
# Around a particle as much of the picture as a third of its side, and never less than this.
SURROUNDINGS = 1 / 3
LEAST_SURROUNDINGS_PX = 4


def mistaken(table: pd.DataFrame, classes: Sequence[str], excluded: Sequence[str]) -> Mask:
    """Which particles have an answer that is wrong; unknown is never wrong.

    A shape that the model does not know has no right answer, but in one of the `excluded` classes it does no harm.
    """
    answer = table["answer"].to_numpy(object)
    truth = table["true_class"].to_numpy(object)
    answered = table["found"].to_numpy(bool) & (answer != UNKNOWN)
    harmless = ~np.isin(truth, classes) & np.isin(answer, excluded)
    wrong: Mask = answered & (answer != truth) & ~harmless
    return wrong


@dataclass
class Mistakes:
    """The most confident mistakes so far, drawn when they are seen, so that no micrograph is kept.

    Attributes
    ----------
    classes : those that the model knows
    excluded : classes that are not sized, see `nanosieve.quality.Rules`
    """

    classes: tuple[str, ...]
    excluded: tuple[str, ...]
    _tiles: list[tuple[tuple[float, str, int], NDArray[np.uint8]]] = field(default_factory=list)

    def add(self, case: ShapeCase) -> None:
        """Draw the mistakes of an image that are among the most confident, and what is several and would be sized."""
        for row in np.flatnonzero(mistaken(case.table, self.classes, self.excluded)):
            answer = case.table.iloc[row]
            self._add(case, answer, str(answer["true_class"]), int(answer["label"]), int(case.indices[row]))
        sized = ~case.several["answer"].isin((*self.excluded, UNKNOWN))
        for _, answer in case.several[sized].iterrows():
            label = int(answer["found_label"])
            self._add(case, answer, "several", label, label - 1)

    def _add(self, case: ShapeCase, answer: pd.Series[Any], truth: str, label: int, index: int) -> None:
        rank = -float(answer["confidence"]), str(answer["image"]), label
        if len(self._tiles) == SHOWN and rank >= self._tiles[-1][0]:
            return
        captions = (
            f"{truth} -> {answer['answer']}, {answer['confidence']:.2f}",
            f"{answer['image']}, {label}",
        )
        self._tiles.append((rank, draw_tile(case.particles[index], captions)))
        self._tiles = sorted(self._tiles, key=lambda tile: tile[0])[:SHOWN]

    def write(self, path: Path) -> Path:
        """Write the tiles as PNG, the most confident first; without a mistake it says so.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        tiles = [tile for _, tile in self._tiles]
        if not tiles:
            picture = np.full((2 * CAPTION_PX, 2 * TILE_PX, 3), STRIP, np.uint8)
            write_text(picture, "no mistakes", (TILE_PX, CAPTION_PX), TEXT_PX, INK)
            return write_picture(picture, path)
        columns = min(COLUMNS, len(tiles))
        empty = np.full_like(tiles[0], STRIP)
        tiles += [empty] * (-len(tiles) % columns)
        rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
        return write_picture(np.vstack(rows), path)


def draw_tile(particle: Particle, captions: Sequence[str]) -> NDArray[np.uint8]:
    """Draw one particle with its outline and its surroundings, and two captions below it.

    Returns
    -------
    ndarray of shape (`TILE_PX` + `CAPTION_PX`, `TILE_PX`, 3), uint8 RGB
    """
    tile = np.full((TILE_PX + CAPTION_PX, TILE_PX, 3), STRIP, np.uint8)
    y0, x0, y1, x1 = _window(particle)
    zoom = (TILE_PX - 2 * GAP_PX) / max(y1 - y0, x1 - x0)
    width, height = max(1, round(zoom * (x1 - x0))), max(1, round(zoom * (y1 - y0)))
    grey = np.round(particle.particles.micrograph.pixels[y0:y1, x0:x1] * 255).astype(np.uint8)
    shown = cv2.resize(grey, (width, height), interpolation=cv2.INTER_NEAREST if zoom > 1 else cv2.INTER_AREA)
    picture = cv2.cvtColor(shown, cv2.COLOR_GRAY2RGB)
    # pixel centres of the micrograph to pixel centres of the tile
    outline = (particle.outline / particle.particles.stretch - (x0, y0) + 0.5) * zoom - 0.5
    fixed = np.round(outline * 2**SHIFT).astype(np.int32)
    cv2.polylines(picture, [fixed], True, PALETTE[0], 1, cv2.LINE_AA, SHIFT)
    top, left = (TILE_PX - height) // 2, (TILE_PX - width) // 2
    tile[top : top + height, left : left + width] = picture
    for line, caption in enumerate(captions, 1):
        text = shorten(caption, TEXT_PX, TILE_PX - 2 * GAP_PX)
        write_text(tile, text, (TILE_PX // 2, TILE_PX + line * (TEXT_PX + 4)), TEXT_PX, INK)
    return tile


def _window(particle: Particle) -> tuple[int, int, int, int]:
    """The box of a particle and its surroundings, inside the picture."""
    y0, x0, y1, x1 = particle.box
    margin = max(LEAST_SURROUNDINGS_PX, round(SURROUNDINGS * max(y1 - y0, x1 - x0)))
    height, width = particle.particles.micrograph.shape
    return max(0, y0 - margin), max(0, x0 - margin), min(height, y1 + margin), min(width, x1 + margin)
