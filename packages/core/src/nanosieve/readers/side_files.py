"""Pixel sizes and instruments in text files that microscopes write beside a picture: Hitachi, JEOL, TESCAN."""

from __future__ import annotations

import re
from pathlib import Path

from nanosieve.readers import instrument
from nanosieve.readers.lengths import number, pixel_size, to_nm
from nanosieve.readers.scanning import tescan_text
from nanosieve.values import PixelSize

# Width of the picture that the magnification of older Hitachi microscopes refers to.
HITACHI_PICTURE_NM = 127e6
SUFFIXES = (".txt", ".hdr")


def beside(path: Path) -> list[Path]:
    """The side files of a picture that exist: ``x.txt``, ``x.hdr``, ``x-tif.hdr``, ``x.TXT``."""
    stems = (path.stem, f"{path.stem}-{path.suffix[1:]}")
    # some microscopes shout
    names = (
        path.with_name(stem + end)
        for stem in stems
        for suffix in SUFFIXES
        for end in (suffix, suffix.upper())
    )
    return [name for name in names if name.is_file()]


def side_sizes(path: Path, width: int) -> tuple[list[PixelSize], int | None]:
    """What the side files of a picture say.

    Parameters
    ----------
    width : of the picture, px

    Returns
    -------
    pixel sizes, and the height of the picture without its data bar in px or None
    """
    sizes: list[PixelSize] = []
    height = None
    for side in beside(path):
        text = _decode(side.read_bytes())
        if "[SemImageFile]" in text:
            sizes += hitachi(text, width, side.name)
        elif re.search(r"^\$\$?\w+", text, re.MULTILINE):
            found, height = jeol_text(text, side.name)
            sizes += found
        elif "PixelSizeX" in text:
            sizes += tescan_text(text, f"TESCAN {side.name}, PixelSizeX")
    return sizes, height


def side_instrument(path: Path) -> instrument.Found:
    """What the side files of a picture say of the microscope."""
    found: instrument.Found = {}
    for side in beside(path):
        text = _decode(side.read_bytes())
        if "[SemImageFile]" in text:
            found |= instrument.hitachi(text)
        elif re.search(r"^\$\$?\w+", text, re.MULTILINE):
            found |= instrument.jeol_text(text)
        elif "PixelSizeX" in text:
            found |= instrument.tescan(text)
    return found


def hitachi(text: str, width: int, name: str) -> list[PixelSize]:
    """From ``PixelSize`` in nm, or from the magnification of a picture 127 mm wide."""
    fields = dict(re.findall(r"^(\w+)=(.*?)\s*$", text, re.MULTILINE))
    size = number(fields.get("PixelSize"))
    if size is not None:
        return pixel_size(size, None, f"Hitachi {name}, PixelSize")
    magnification = number(fields.get("Magnification"))
    if magnification is None:
        return []
    return pixel_size(
        HITACHI_PICTURE_NM / magnification / width, None, f"Hitachi {name}, Magnification", "medium"
    )


def jeol_text(text: str, name: str) -> tuple[list[PixelSize], int | None]:
    """From the micron marker over its bar in whole px; half a pixel of the bar is its uncertainty.

    Returns
    -------
    pixel sizes, and the height of the picture without its data bar in px or None
    """
    fields = dict(re.findall(r"^\$+(\w+)[ \t]+(.*?)\s*$", text, re.MULTILINE))
    marker, bar = to_nm(fields.get("SM_MICRON_MARKER", "")), number(fields.get("SM_MICRON_BAR"))
    full = fields.get("CM_FULL_SIZE", "").split()
    height = number(full[1]) if len(full) == 2 else None
    if marker is None or bar is None:
        return [], None if height is None else round(height)
    sizes = pixel_size(marker / bar, None, f"JEOL {name}, SM_MICRON_MARKER / SM_MICRON_BAR", "medium")
    return sizes, None if height is None else round(height)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").replace("\r", "")
    return data.decode("utf-8" if data.startswith(b"\xef\xbb\xbf") else "latin-1", "replace").replace(
        "\r", ""
    )
