"""Pictures of single particles, in one folder for each class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from nanosieve.errors import DataError
from nanosieve.labelled.entries import Annotation
from nanosieve.labels import components
from nanosieve.models import file_sha256
from nanosieve.reading import find_images, open_micrograph
from nanosieve.specs import ReaderSpec
from nanosieve.values import FloatImage, LabelImage, Polarity


@dataclass(frozen=True)
class Annotated:
    """An image, what was drawn on it, and the classes of its particles by their numbers."""

    path: Path
    annotation: Annotation
    classes: Mapping[int, str] = field(default_factory=dict)
    folder: str = ""


def find_crops(
    folder: Path, readers: Mapping[str, ReaderSpec], polarity: Literal["auto", "bright", "dark"]
) -> list[Annotated]:
    """The pictures in the subfolders, each named after a class.

    Parameters
    ----------
    polarity : as in `nanosieve.reading.open_micrograph`

    Raises
    ------
    DataError
        If there is no subfolder, or one that holds no picture.
    """
    classes = sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    if not classes:
        raise DataError(f'{str(folder)!r} holds no folder; format = "folders" needs one for each class')
    return [
        Annotated(
            path,
            # the labels come from the picture itself
            Annotation(partial(_read_outline, path, readers, polarity), partial(file_sha256, path)),
            {1: each.name},
            each.name,
        )
        for each in classes
        for path in find_images([each], readers)
    ]


def _read_outline(
    path: Path,
    readers: Mapping[str, ReaderSpec],
    polarity: Literal["auto", "bright", "dark"],
    shape: tuple[int, int],
) -> LabelImage:
    micrograph = open_micrograph(path, readers=readers, polarity=polarity, data_bar=False)
    labels = outline_of_crop(micrograph.pixels, micrograph.polarity)
    if labels is None:
        raise DataError(f"{path.name!r} shows no particle: all its pixels are alike")
    return labels


def outline_of_crop(pixels: FloatImage, polarity: Polarity | None) -> LabelImage | None:
    """The one particle of a picture: of the pieces above Otsu's threshold the one nearest to the middle, filled.

    None where the picture has one grey value only.
    """
    grey = np.round(255 * (1 - pixels if polarity == "dark" else pixels)).astype(np.uint8)
    if grey.min() == grey.max():
        return None
    smooth = cv2.GaussianBlur(grey, (0, 0), max(0.5, min(grey.shape) / 100))
    _, mask = cv2.threshold(smooth, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    pieces = components(mask > 0)
    rows, columns = np.nonzero(pieces)
    if not rows.size:
        return None
    middle = (np.array(grey.shape) - 1) / 2
    nearest = np.hypot(rows - middle[0], columns - middle[1]).argmin()
    contours, _ = cv2.findContours(
        (pieces == pieces[rows[nearest], columns[nearest]]).astype(np.uint8),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_NONE,
    )
    filled = np.zeros(grey.shape, np.uint8)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    return filled.astype(np.int32)
