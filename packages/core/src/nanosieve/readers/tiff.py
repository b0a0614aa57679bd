"""TIFF: pixels, and the pixel sizes of all vendors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from nanosieve.errors import ReadError
from nanosieve.readers import instrument, scanning, software, transmission
from nanosieve.readers.guard import check_size
from nanosieve.readers.side_files import side_instrument, side_sizes
from nanosieve.values import DETECTOR, PixelSize, RawImage

INCH, CENTIMETRE = 2, 3


def read(path: Path) -> RawImage:
    """Read the first page of full size.

    Raises
    ------
    ReadError
        If the file is no TIFF, is truncated, or declares more pixels than it can hold.
    """
    with _quiet():
        try:
            with tifffile.TiffFile(path) as file:
                page = _full_page(file, path)
                check_size(path, page.imagewidth, page.imagelength, _bytes_per_pixel(page))
                _check_complete(path, page)
                pixels = _pixels(page)
                return _with_scale(path, file, page, pixels)
        except ReadError:
            raise
        except Exception as error:  # damaged files raise whatever the decoder stumbles over
            raise ReadError(
                f"{path.name!r} cannot be read as TIFF: {error or type(error).__name__}"
            ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """tifffile logs what it then raises, or what other programs wrote wrongly; users need it once."""
    logger = logging.getLogger("tifffile")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _full_page(file: tifffile.TiffFile, path: Path) -> tifffile.TiffPage:
    pages = [page for page in file.pages if isinstance(page, tifffile.TiffPage)]
    if not pages:
        raise ReadError(f"{path.name!r} holds no picture")
    # a colour preview has the size of the picture that it shows: grey comes first among equals
    return max(pages, key=lambda page: (page.imagewidth * page.imagelength, page.samplesperpixel == 1))


def _bytes_per_pixel(page: tifffile.TiffPage) -> int:
    return max(1, page.samplesperpixel * page.bitspersample // 8)


def _check_complete(path: Path, page: tifffile.TiffPage) -> None:
    """A strip that lies beyond the end of the file would be read as grey."""
    end = max(
        (offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False)),
        default=0,
    )
    if end > path.stat().st_size:
        raise ReadError(
            f"{path.name!r} is truncated: its pixels need {end:,} bytes, it has {path.stat().st_size:,}"
        )


def _pixels(page: tifffile.TiffPage) -> NDArray[Any]:
    pixels = page.asarray()
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE and page.colormap is not None:
        # (3, k) of 16 bit to (H, W, 3)
        pixels = np.moveaxis(page.colormap[:, pixels], 0, -1)
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        pixels = pixels.max() - pixels if pixels.dtype.kind == "f" else np.invert(pixels)
    if pixels.ndim == 3 and pixels.shape[0] in (3, 4) and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
        pixels = np.moveaxis(pixels, 0, -1)
    while pixels.ndim > 2 and pixels.shape[-1] not in (2, 3, 4):
        pixels = pixels[0]  # a stack in one page: its first plane
    if pixels.ndim == 3 and pixels.shape[-1] == 2:
        pixels = pixels[..., 0]  # grey with alpha
    return np.asarray(pixels)


def _with_scale(
    path: Path, file: tifffile.TiffFile, page: tifffile.TiffPage, pixels: NDArray[Any]
) -> RawImage:
    tags: dict[int, Any] = {tag.code: tag.value for other in file.pages for tag in getattr(other, "tags", ())}
    sizes: list[PixelSize] = []
    bar = None
    about: instrument.Found = {}
    detector = ""
    refusals: list[str | None] = []
    description = str(tags.get(270, ""))
    if 34118 in tags and isinstance(tags[34118], dict):
        sizes += scanning.zeiss(tags[34118], page.imagewidth)
        detector = scanning.zeiss_detector(tags[34118])
        about |= instrument.zeiss(tags[34118])
    for code in (34680, 34682):
        if isinstance(tags.get(code), dict):
            found, bar = scanning.fei(tags[code], f"tag {code}")
            sizes += found
            detector = detector or scanning.fei_detector(tags[code])
            about |= instrument.fei(tags[code])
    if 50431 in tags:
        sizes += scanning.tescan(_bytes(tags[50431]))
        about |= instrument.tescan(_bytes(tags[50431]).decode("latin-1"))
    if "<TemReporter" in description:
        found, refusal = transmission.jeol(description, _per_unit(tags.get(282)))
        about |= instrument.jeol(description)
        sizes += found
        refusals.append(refusal)
    if isinstance(tags.get(37706), dict):
        sizes += transmission.tvips(tags[37706])
    if isinstance(tags.get(33560), dict):
        sizes += transmission.olympus(tags[33560])
    if 65003 in tags:
        found, refusal = transmission.gatan(
            _text(tags[65003]), _number(tags.get(65009)), _number(tags.get(65010))
        )
        sizes += found
        refusals.append(refusal)
    if file.is_imagej:
        unit = str((file.imagej_metadata or {}).get("unit", ""))
        found, refusal = software.imagej(unit, _per_unit(tags.get(282)), _per_unit(tags.get(283)))
        sizes += found
        refusals.append(refusal)
    if file.is_ome and file.ome_metadata:
        sizes += software.ome(file.ome_metadata)
    phenom_sizes, phenom_bar = scanning.phenom(_text_tags(tags))
    side, picture_height = side_sizes(path, page.imagewidth)
    if picture_height is not None and picture_height < pixels.shape[0]:
        bar = pixels.shape[0] - picture_height
    return RawImage(
        pixels=pixels,
        pixel_sizes=(*sizes, *phenom_sizes, *side),
        refusal=next((refusal for refusal in refusals if refusal), None),
        data_bar_rows=phenom_bar if bar is None else bar,
        metadata={**side_instrument(path), **about, **({DETECTOR: detector} if detector else {})},
    )


def _text_tags(tags: dict[int, Any]) -> bytes:
    return b"".join(_bytes(value) for value in tags.values() if isinstance(value, str | bytes))


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    return np.asarray(value, np.uint8).tobytes()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        # DigitalMicrograph writes UTF-16 as bytes
        return value.decode("utf-16-le" if b"\0" in value[:2] else "latin-1", "replace")
    if isinstance(value, str):
        return value
    return "".join(chr(int(code)) for code in np.ravel(value) if code)


def _number(value: Any) -> float | None:
    return None if value is None else float(np.ravel(value)[0])


def _per_unit(value: Any) -> float | None:
    """A resolution tag (numerator, denominator) as a number."""
    if value is None:
        return None
    parts = np.ravel(value).astype(float)
    numerator, denominator = float(parts[0]), float(parts[1]) if len(parts) > 1 else 1.0
    return numerator / denominator if denominator and numerator else None
