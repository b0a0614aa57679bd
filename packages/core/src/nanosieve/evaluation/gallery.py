"""A picture of the worst images: what was found, what was missed, and what is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import OutputError
from nanosieve.evaluation.evaluate import Case
from nanosieve.legend import INK, STRIP, Entry, draw_legend
from nanosieve.matching import match, overlap_of
from nanosieve.overlay import PALETTE, SHIFT
from nanosieve.particles import Particles, cut_particles
from nanosieve.values import Segmentation
from nanosieve.writing import write_whole

SHOWN = 6
COLUMNS = 3
TILE_WIDTH_PX = 800
# Small micrographs are enlarged to about this side, so that outlines are thin beside particles.
MIN_SIDE_PX = 700
# Sky blue, vermilion and yellow: told apart with every kind of colour vision, and on every grey.
FOUND, FALSE, MISSED = PALETTE[0], PALETTE[4], PALETTE[3]
TITLE_PX = 20
LONGEST_NAME = 64
TITLE_SCORES = {"instance_f1": "instance F1", "iou": "pixel IoU", "panoptic_quality": "panoptic quality"}


@dataclass
class Gallery:
    """The worst images so far, drawn when they are seen, so that no micrograph is kept.

    The worst has the lowest instance F1, and where that is equal the lowest IoU.
    """

    _tiles: list[tuple[tuple[float, float], str, NDArray[np.uint8]]] = field(default_factory=list)

    def add(self, case: Case) -> None:
        """Draw an image if it is among the worst."""
        rank = case.scores["instance_f1"], case.scores["iou"]
        if len(self._tiles) < SHOWN or (rank, case.name) < self._tiles[-1][:2]:
            self._tiles.append((rank, case.name, draw_tile(case)))
            self._tiles = sorted(self._tiles, key=lambda tile: tile[:2])[:SHOWN]

    def write(self, path: Path) -> Path:
        """Write the tiles as PNG, the worst first.

        Raises
        ------
        OutputError
            If no image was added, or the file cannot be written.
        """
        if not self._tiles:
            raise OutputError(f"cannot write {str(path)!r}: no image was scored")
        tiles = [tile for *_, tile in self._tiles]
        rows = [
            _side_by_side(tiles[start : start + COLUMNS], min(COLUMNS, len(tiles)))
            for start in range(0, len(tiles), COLUMNS)
        ]
        done, encoded = cv2.imencode(".png", cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
        if not done:
            raise OutputError(f"cannot encode {str(path)!r} as PNG")
        return write_whole(path, lambda target: target.write_bytes(encoded.tobytes()))


def draw_tile(case: Case) -> NDArray[np.uint8]:
    """Draw one image with its name and scores above, and a legend below.

    A particle that was found is outlined once, as found; one that matches no true particle is false, a true one that
    nothing matches is missed.

    Returns
    -------
    ndarray of shape (h, `TILE_WIDTH_PX`, 3), uint8 RGB
    """
    micrograph = case.micrograph
    found = cut_particles(micrograph, case.found)
    truth = cut_particles(micrograph, Segmentation(labels=case.truth))
    matches = match(overlap_of(case.found.labels, case.truth))
    right, hit = np.isin(found.labels, matches.found), np.isin(truth.labels, matches.truth)
    groups = (
        ("missed", MISSED, truth.take(np.flatnonzero(~hit))),
        ("false", FALSE, found.take(np.flatnonzero(~right))),
        ("found", FOUND, found.take(np.flatnonzero(right))),
    )
    zoom = max(1, round(MIN_SIDE_PX / max(micrograph.shape)))
    grey = np.round(micrograph.pixels * 255).astype(np.uint8)
    picture = cv2.cvtColor(
        cv2.resize(grey, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2RGB
    )
    thickness = max(1, round(2 * picture.shape[1] / TILE_WIDTH_PX))
    for _, colour, particles in groups:
        cv2.polylines(picture, _lines(particles, zoom), True, colour, thickness, cv2.LINE_AA, SHIFT)
    entries = [Entry(f"{name}: {len(particles)}", colour) for name, colour, particles in reversed(groups)]
    legend = draw_legend(entries, micrograph, picture.shape[1], zoom)
    body = np.vstack([picture, legend])
    height = max(1, round(body.shape[0] * TILE_WIDTH_PX / body.shape[1]))
    shrunk = cv2.resize(body, (TILE_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
    return np.vstack([_title(case), shrunk]).astype(np.uint8)


def _lines(particles: Particles, zoom: int) -> list[NDArray[np.int32]]:
    """Outlines in the enlarged picture, in units of 1 / 2**SHIFT px."""
    # pixel centres of the micrograph to pixel centres of the enlarged picture
    points = (
        (particles.outlines[index] / particles.stretch + 0.5) * zoom - 0.5 for index in range(len(particles))
    )
    return [np.round(each * 2**SHIFT).astype(np.int32) for each in points]


def _title(case: Case) -> NDArray[np.uint8]:
    strip = np.full((2 * TITLE_PX + 16, TILE_WIDTH_PX, 3), STRIP, np.uint8)
    font = cv2.FontFace("sans")
    # the end of a name tells images apart, the beginning names the source
    name = case.name if len(case.name) <= LONGEST_NAME else f"…{case.name[1 - LONGEST_NAME :]}"
    scores = ", ".join(f"{label} {case.scores[score]:.2f}" for score, label in TITLE_SCORES.items())
    for line, text in enumerate((name, scores), 1):
        cv2.putText(strip, text, (8, line * (TITLE_PX + 4)), INK, font, TITLE_PX, 400)
    return strip


def _side_by_side(tiles: list[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    height = max(tile.shape[0] for tile in tiles)
    row = np.full((height, columns * TILE_WIDTH_PX, 3), STRIP, np.uint8)
    for column, tile in enumerate(tiles):
        row[: tile.shape[0], column * TILE_WIDTH_PX : (column + 1) * TILE_WIDTH_PX] = tile
    return row
