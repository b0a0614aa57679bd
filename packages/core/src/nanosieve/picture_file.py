"""The micrograph as it was analysed, kept beside its results: a report can be made again when the original is gone.

``pictures/<stem>.jpg`` in the results folder is the analysed part of the picture, without its data bar, in 8-bit grey,
brightness as the segmenter saw it. It is for people: nothing is measured on it.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import OutputError, ResultsError
from nanosieve.values import Micrograph
from nanosieve.writing import write_whole

# Noise is most of a micrograph's bytes: at 85 the compression cannot be seen beside it.
QUALITY = 85
# JPEG ends at 65 535 px; a screen ends long before.
LONGEST_SIDE_PX = 8192


def picture_path(folder: Path, stem: str) -> Path:
    """Where the picture of an image lies in a results folder."""
    return folder / "pictures" / f"{stem}.jpg"


def write_picture(micrograph: Micrograph, folder: Path, stem: str) -> Path:
    """Write the picture of one micrograph.

    Parameters
    ----------
    folder : the results folder
    stem : what the output files of the image are called

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    path = picture_path(folder, stem)
    grey = np.round(micrograph.pixels * 255).astype(np.uint8)
    encoded = encode_jpeg(shrink(grey, LONGEST_SIDE_PX), QUALITY)
    return write_whole(path, lambda target: target.write_bytes(encoded))


def read_picture(folder: Path, stem: str) -> NDArray[np.uint8]:
    """The picture of one image, shape (h, w), uint8; smaller than the micrograph where that is very large.

    Raises
    ------
    ResultsError
        If the file is missing or damaged.
    """
    path = picture_path(folder, stem)
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise ResultsError(
            f"there is no picture {str(path)!r}; analyse again, with the same command and the same folder"
        ) from error
    picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if picture is None:
        raise ResultsError(f"{str(path)!r} cannot be read as JPEG; remove it and analyse again")
    return np.asarray(picture, np.uint8)


def shrink(picture: NDArray[np.uint8], longest_px: int) -> NDArray[np.uint8]:
    """The picture with its longer side at most `longest_px`; one that is small enough is returned as it is."""
    factor = longest_px / max(picture.shape[:2])
    if factor >= 1:
        return picture
    height, width = (max(1, round(side * factor)) for side in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def encode_jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    """The bytes of a JPEG file.

    Raises
    ------
    OutputError
        If OpenCV cannot encode it.
    """
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise OutputError(f"a picture of shape {picture.shape} cannot be encoded as JPEG")
    return encoded.tobytes()
