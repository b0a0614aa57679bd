"""The bytes of a picture to a micrograph, as a file on the disk would be read."""

from __future__ import annotations

import io
import logging
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import tifffile

from nanosieve import Micrograph
from nanosieve.errors import ReadError, ScaleError
from nanosieve.reading import open_micrograph
from nanosieve.specs import ReaderSpec
from nanosieve.values import PixelSize

PNG = b"\x89PNG\r\n\x1a\n"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # both byte orders, classic and large
# The largest single frames of microscopes have about 70 million.
MOST_PIXELS = 100_000_000


def open_picture(
    data: bytes,
    readers: Mapping[str, ReaderSpec],
    *,
    name: str,
    pixel_size: PixelSize | None = None,
    polarity: Literal["auto", "bright", "dark"] = "auto",
    scaled: bool = True,
    most_pixels: int = MOST_PIXELS,
) -> Micrograph:
    """Read a PNG or TIFF file that came as bytes.

    Parameters
    ----------
    name : what the table calls it
    pixel_size : over that of the file
    scaled : whether a pixel size is needed
    most_pixels : a picture that declares more is refused before it is decoded

    Raises
    ------
    ReadError
        If it is neither, damaged or too large.
    ScaleError
        If it needs a pixel size and has none.
    """
    ending = _ending(data)
    _check_declared(data, most_pixels)
    # readers take files; in a folder of its own it has no side files
    with tempfile.TemporaryDirectory(prefix="nanosieve-") as folder:
        path = Path(folder) / f"picture{ending}"
        path.write_bytes(data)
        micrograph = open_micrograph(
            path, readers=readers, pixel_size=pixel_size, polarity=polarity, name=name
        )
    if scaled and micrograph.pixel_size_nm is None:
        raise ScaleError(f'{name!r} has no pixel size; send it as pixel_size, such as "7.34 nm"')
    return micrograph


def _ending(data: bytes) -> str:
    if data.startswith(PNG):
        return ".png"
    if data.startswith(TIFF):
        return ".tif"
    raise ReadError("the picture is neither PNG nor TIFF; send the bytes of such a file")


def _check_declared(data: bytes, most_pixels: int) -> None:
    logger = logging.getLogger("tifffile")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # it logs what it then raises
    try:
        if data.startswith(PNG):
            width, height = struct.unpack(">II", data[16:24])
            pixels = width * height
        else:
            with tifffile.TiffFile(io.BytesIO(data)) as file:
                pages = [page for page in file.pages if isinstance(page, tifffile.TiffPage)]
                pixels = max((page.imagewidth * page.imagelength for page in pages), default=0)
    except Exception as error:  # damaged files raise whatever the parser stumbles over
        raise ReadError(f"the picture is damaged: {error or type(error).__name__}") from error
    finally:
        logger.setLevel(level)
    if pixels > most_pixels:
        raise ReadError(
            f"the picture declares {pixels:,} pixels, more than {most_pixels:,}; cut it into parts"
        )
