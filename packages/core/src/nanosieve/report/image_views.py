"""The images of a run as the page shows them: picture, outlines, scale bar."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.errors import ResultsError
from nanosieve.outline_file import ImageOutlines, read_outlines
from nanosieve.picture_file import read_picture, shrink
from nanosieve.report.embedding import data_uri
from nanosieve.report.outline_paths import path_of
from nanosieve.report.results import Results
from nanosieve.report.scale import ScaleBar, bar_for
from nanosieve.report.styles import Styles

# More than these are not looked at in one page; the folder has the overlays of all.
MOST_IMAGES = 50
# All pictures of a page together: about 4 MB as JPEG.
PIXELS_IN_ALL = 14_000_000
LONGEST_SIDE_PX, SHORTEST_SIDE_PX = 1200, 480
BAR_SHARE = 0.25
UNKNOWN_FRAME = (3, 4)


@dataclass(frozen=True, kw_only=True)
class Source:
    """What the folder has of one image, in px of the picture that it keeps.

    Attributes
    ----------
    picture : (h, w), uint8; None where the folder has none
    outlines : by label, ndarray of shape (k, 2), (x, y) in px of the picture
    shape : height and width of the picture
    zoom : px of the picture along one px of the micrograph
    x_nm : size of a pixel of the micrograph along the row, None for pictures in px
    data_bar_px : rows of the file's picture below the analysed part
    """

    name: str
    picture: NDArray[np.uint8] | None
    outlines: Mapping[int, NDArray[np.float64]]
    shape: tuple[int, int]
    zoom: float
    x_nm: float | None
    data_bar_px: int = 0


@dataclass(frozen=True)
class OutlineView:
    """The outline of one particle: its row in the page's table, its path, and how it is drawn."""

    row: int
    path: str
    style: str
    excluded: bool


@dataclass(frozen=True, kw_only=True)
class ImageView:
    """One image of the page.

    Attributes
    ----------
    number : from 0, in the order of the run
    uri : the picture; "" where the folder has none
    width, height : of the picture in the page, in px
    bar : None for an image of unknown size
    shown, detected, accepted : particles drawn, particles found, and those that count
    data_bar_px : rows of the file's picture that were cut off below
    """

    number: int
    name: str
    uri: str
    width: int
    height: int
    bar: ScaleBar | None
    outlines: tuple[OutlineView, ...]
    shown: int
    detected: int
    accepted: int
    data_bar_px: int
    warnings: str


def sources(results: Results) -> Iterator[Source]:
    """The images of a run, one after the other, so that one picture at a time is in memory."""
    for image in results.images.head(MOST_IMAGES).itertuples():
        yield read_source(results, str(image.image), str(image.stem))


def read_source(results: Results, name: str, stem: str) -> Source:
    """What the folder has of one image; what it lacks is missing in the page, and never an error."""
    try:
        picture = read_picture(results.folder, stem)
    except ResultsError:
        picture = None
    try:
        outlines = read_outlines(results.folder, stem)
    except ResultsError:
        shape = UNKNOWN_FRAME if picture is None else picture.shape
        return Source(
            name=name, picture=picture, outlines={}, shape=(shape[0], shape[1]), zoom=1.0, x_nm=None
        )
    frame = outlines.frame
    height, width = frame.y1 - frame.y0, frame.x1 - frame.x0
    shape = (height, width) if picture is None else picture.shape
    zoom = shape[1] / width
    size = outlines.pixel_size_nm if results.unit == "nm" else None
    return Source(
        name=name,
        picture=picture,
        outlines=_scaled(outlines, zoom, shape[0] / height),
        shape=(shape[0], shape[1]),
        zoom=zoom,
        x_nm=None if size is None else size[1],
        data_bar_px=outlines.picture_shape[0] - frame.y1,
    )


def _scaled(outlines: ImageOutlines, zoom_x: float, zoom_y: float) -> dict[int, NDArray[np.float64]]:
    corner = (outlines.frame.x0, outlines.frame.y0)
    return {label: (points - corner) * (zoom_x, zoom_y) for label, points in outlines}


def shown(source: Source, images: int) -> Source:
    """The source as small as a page with so many images needs it."""
    side = math.sqrt(PIXELS_IN_ALL / max(images, 1))
    longest = round(min(max(side, SHORTEST_SIDE_PX), LONGEST_SIDE_PX))
    factor = min(1.0, longest / max(source.shape))
    height, width = (max(1, round(side * factor)) for side in source.shape)
    # sides are whole pixels, so the two factors differ a little
    zoom_y, zoom_x = height / source.shape[0], width / source.shape[1]
    return replace(
        source,
        picture=None if source.picture is None else shrink(source.picture, longest),
        outlines={label: points * (zoom_x, zoom_y) for label, points in source.outlines.items()},
        shape=(height, width),
        zoom=source.zoom * zoom_x,
    )


def view(source: Source, number: int, image: pd.Series, rows: pd.DataFrame, styles: Styles) -> ImageView:
    """One image, ready to be written.

    Parameters
    ----------
    source : from `shown`
    image : its row in the table of images
    rows : its particles among those of `nanosieve.report.rows.choose_rows`
    """
    height, width = source.shape
    outlines = tuple(
        OutlineView(int(row), path_of(source.outlines[label]), styles.of(name, reason).key, bool(reason))
        for row, label, name, reason in zip(
            rows.index, rows["label"], rows["class"], rows["reason"], strict=True
        )
        if label in source.outlines
    )
    known = source.picture is not None or bool(source.outlines)
    return ImageView(
        number=number,
        name=source.name,
        uri="" if source.picture is None else data_uri(source.picture),
        width=width,
        height=height,
        bar=bar_for(width, source.zoom, source.x_nm, BAR_SHARE) if known else None,
        outlines=outlines,
        shown=len(outlines),
        detected=int(image["detected"]),
        accepted=int(image["accepted"]),
        data_bar_px=source.data_bar_px,
        warnings=str(image["warnings"]),
    )
