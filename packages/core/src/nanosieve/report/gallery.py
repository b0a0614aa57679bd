"""Single particles of each class, from the smallest to the largest, each with its outline and a scale bar."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.report.embedding import data_uri
from nanosieve.report.image_views import Source
from nanosieve.report.numbers import plain
from nanosieve.report.outline_paths import path_of
from nanosieve.report.results import Results
from nanosieve.report.scale import ScaleBar, bar_for
from nanosieve.report.styles import Style, Styles

TILE_PX = 120
TILES_OF_A_CLASS, TILES_OF_A_REASON = 12, 6
# What is seen around a particle, as a part of its larger side.
MARGIN = 0.2
BAR_SHARE = 0.5
LEAST_SIDE_PX = 12


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One particle.

    Attributes
    ----------
    row : its row in the page's table; None where it is not among those
    uri : picture of `TILE_PX` squared
    path : its outline, as `nanosieve.report.outline_paths.path_of` writes it
    """

    row: int | None
    uri: str
    path: str
    bar: ScaleBar
    image: str
    label: int
    size: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """Particles of one class, or excluded for one reason; `total` is how many there are."""

    style: Style
    total: int
    tiles: tuple[Tile, ...]


class Gallery:
    """Picks the particles first, so that one picture at a time need be in memory, then takes them from it.

    Parameters
    ----------
    rows : those of the page's table, from `nanosieve.report.rows.choose_rows`
    """

    def __init__(self, results: Results, rows: pd.DataFrame, styles: Styles) -> None:
        self._size, self._unit = results.size, results.unit
        self._rows = rows
        # a run may have been asked for other measures only
        particles = results.particles.assign(**{self._size: results.particles.get(self._size, np.nan)})
        self._groups = [(style, *self._chosen(particles, style)) for style in styles]
        self._tiles: dict[tuple[str, int], Tile] = {}

    def take(self, source: Source) -> None:
        """Cut the chosen particles out of one image."""
        if source.picture is None:
            return
        rows = self._rows[self._rows["image"] == source.name]
        numbers = dict(zip(rows["label"], rows.index, strict=True))
        for _, _, chosen in self._groups:
            for label, size in chosen.loc[chosen["image"] == source.name, ["label", self._size]].to_numpy():
                if label in source.outlines:
                    row = numbers.get(int(label))
                    self._tiles[source.name, int(label)] = self._tile(source, int(label), float(size), row)

    def groups(self) -> list[Group]:
        """All groups that have a picture."""
        groups = []
        for style, total, chosen in self._groups:
            keys = zip(chosen["image"], chosen["label"], strict=True)
            tiles = tuple(self._tiles[key] for key in keys if key in self._tiles)
            if tiles:
                groups.append(Group(style=style, total=total, tiles=tiles))
        return groups

    def _chosen(self, particles: pd.DataFrame, style: Style) -> tuple[int, pd.DataFrame]:
        column = "reason" if style.excluded else "class"
        group = particles[(particles["accepted"] != style.excluded) & (particles[column] == style.name)]
        most = TILES_OF_A_REASON if style.excluded else TILES_OF_A_CLASS
        ordered = group.sort_values(self._size, kind="stable", na_position="last")
        picked = np.linspace(0, len(ordered) - 1, most).round().astype(int)
        return len(group), ordered.iloc[np.unique(picked)] if len(ordered) else ordered

    def _tile(self, source: Source, label: int, size: float, row: int | None) -> Tile:
        assert source.picture is not None  # asked before
        points = source.outlines[label]
        low, high = points.min(axis=0), points.max(axis=0)
        # at least a few pixels, so that a tiny particle is seen with its ground
        side = max(math.ceil((high - low).max() * (1 + 2 * MARGIN)), LEAST_SIDE_PX)
        corner = np.floor((low + high - side) / 2).astype(np.int64)
        zoom = TILE_PX / side
        return Tile(
            row=row,
            uri=data_uri(_cut(source.picture, corner, side)),
            path=path_of((points - corner) * zoom),
            bar=bar_for(TILE_PX, source.zoom * zoom, source.x_nm, BAR_SHARE),
            image=source.name,
            label=label,
            size=f"{plain(size, 3)}\u202f{self._unit}",
        )


def _cut(picture: NDArray[np.uint8], corner: NDArray[np.int64], side: int) -> NDArray[np.uint8]:
    """A square of the picture, enlarged or shrunk to a tile; beyond the frame it is black.

    Parameters
    ----------
    corner : (x, y) of its top-left pixel
    """
    square = np.zeros((side, side), np.uint8)
    (x0, y0), (height, width) = corner, picture.shape
    top, left = max(y0, 0), max(x0, 0)
    part = picture[top : min(y0 + side, height), left : min(x0 + side, width)]
    square[top - y0 : top - y0 + part.shape[0], left - x0 : left - x0 + part.shape[1]] = part
    interpolation = cv2.INTER_AREA if side > TILE_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (TILE_PX, TILE_PX), interpolation=interpolation), np.uint8)
