"""Pixel sizes as image software writes them: ImageJ and OME."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from nanosieve.readers.lengths import nm_per, number, pixel_size
from nanosieve.values import PixelSize


def imagej(
    unit: str, x_per_unit: float | None, y_per_unit: float | None
) -> tuple[list[PixelSize], str | None]:
    """From ``unit=`` of the description and the resolution tags, in pixels per unit.

    Returns
    -------
    pixel sizes, and why the picture is refused or None
    """
    if unit.startswith("1/"):
        return [], f"its pixels are {unit} (ImageJ unit): a diffraction pattern"
    factor = nm_per(unit)
    if factor is None or not x_per_unit:
        return [], None
    y_nm = factor / y_per_unit if y_per_unit else None
    return pixel_size(factor / x_per_unit, y_nm, "ImageJ metadata, unit and XResolution", "medium"), None


def ome(xml: str) -> list[PixelSize]:
    """From PhysicalSizeX and PhysicalSizeY of OME-XML; the unit is µm where none is given, and may stand on x only."""
    try:
        root = ET.fromstring(xml)
    except ET.ParseError:
        return []
    pixels = next(
        (node for node in root.iter() if node.tag.endswith("}Pixels") or node.tag == "Pixels"), None
    )
    if pixels is None:
        return []
    x, y = (number(pixels.get(f"PhysicalSize{axis}")) for axis in "XY")
    x_factor = nm_per(pixels.get("PhysicalSizeXUnit", "µm"))
    y_factor = nm_per(pixels.get("PhysicalSizeYUnit", pixels.get("PhysicalSizeXUnit", "µm")))
    if x is None or x_factor is None:
        return []
    y_nm = None if y is None or y_factor is None else y * y_factor
    return pixel_size(x * x_factor, y_nm, "OME-XML, PhysicalSizeX", "medium")
