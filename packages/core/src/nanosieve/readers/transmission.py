"""Pixel sizes as transmission microscopes and their cameras write them: JEOL, TVIPS, Olympus SIS, Gatan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nanosieve.readers.lengths import NM_PER_METRE, nm_per, number, pixel_size
from nanosieve.values import PixelSize

NM_PER_INCH = 25.4e6  # exact by definition


def jeol(description: str, dots_per_inch: float | None) -> tuple[list[PixelSize], str | None]:
    """From the XML of SightX in the image description.

    The pixel of the camera's large screen, an inch over the resolution tag, is divided by the magnification; in
    scanning mode (``eosASID``) the file does not say enough.

    Returns
    -------
    pixel sizes, and why the picture is refused or None
    """
    fields = dict(re.findall(r"<(\w+)>([^<]*)</", description))
    if fields.get("ModeString") == "DIFF" or "Diffraction" in fields.get("Measurement_UnitType", ""):
        return [], "it is a diffraction pattern (JEOL ModeString DIFF), its pixels are 1/nm"
    magnification = number(fields.get("SelectorValue"))
    if fields.get("EosMode") != "eosTEM" or magnification is None or dots_per_inch is None:
        return [], None
    return pixel_size(
        NM_PER_INCH / dots_per_inch / magnification, None, "JEOL XML, resolution / SelectorValue", "medium"
    ), None


def tvips(metadata: Mapping[str, Any]) -> list[PixelSize]:
    """From tag 37706, in nm."""
    return pixel_size(
        number(metadata.get("PixelSizeX")), number(metadata.get("PixelSizeY")), "TVIPS tag, PixelSizeX"
    )


def olympus(metadata: Mapping[str, Any]) -> list[PixelSize]:
    """From tag 33560, in metres."""
    x, y = (number(metadata.get(f"pixelsize{axis}")) for axis in "xy")
    return pixel_size(
        None if x is None else x * NM_PER_METRE,
        None if y is None else y * NM_PER_METRE,
        "Olympus SIS tag 33560",
    )


def gatan(unit: str, x: float | None, y: float | None) -> tuple[list[PixelSize], str | None]:
    """From tags 65003 (unit), 65009 and 65010 (scale), which DigitalMicrograph writes into TIFF.

    Returns
    -------
    pixel sizes, and why the picture is refused or None
    """
    unit = unit.strip("\0 ")
    if unit.startswith("1/"):
        return [], f"its pixels are {unit} (Gatan tag 65003): a diffraction pattern"
    factor = nm_per(unit)
    if factor is None or x is None:
        return [], None
    return pixel_size(x * factor, None if y is None else y * factor, "Gatan tags 65003 and 65009"), None
