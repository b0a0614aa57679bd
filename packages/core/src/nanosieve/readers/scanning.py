"""Pixel sizes as scanning microscopes write them into their files: Zeiss, FEI/Thermo, Phenom, TESCAN."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nanosieve.readers.lengths import NM_PER_METRE, number, pixel_size, to_nm
from nanosieve.values import PixelSize

# The unnamed block of the Zeiss tag holds the pixel size of a picture this wide.
ZEISS_STORE_WIDTH = 1024
ZEISS_ROUNDING = 1e-3
PHENOM_BLOCK = re.compile(rb"<FeiImage\b.*?</FeiImage>", re.DOTALL)


def zeiss(metadata: Mapping[str, Any], width: int) -> list[PixelSize]:
    """From tag 34118.

    ``ap_pixel_size`` is never taken: it is the pixel of the display, wrong by 2 for pictures 512 or 2048 px wide.

    Parameters
    ----------
    metadata : as tifffile parses it: ``(description, value, unit)`` by key, the unnamed block under ``""``
    width : of the picture, px
    """
    found = metadata.get("ap_image_pixel_size")
    stated = to_nm(f"{found[1]} {found[2]}") if found and len(found) >= 3 else None
    block = metadata.get("", ())
    metres = number(block[3]) if len(block) > 3 else None
    exact = None if metres is None else metres * NM_PER_METRE * ZEISS_STORE_WIDTH / width
    # the stated size is rounded to four digits; the block has more, where both mean the same
    if exact and (stated is None or abs(exact - stated) < ZEISS_ROUNDING * stated):
        return pixel_size(exact, None, "Zeiss tag 34118, value 3 of the unnamed block")
    return pixel_size(stated, None, "Zeiss tag 34118, ap_image_pixel_size")


def fei(metadata: Mapping[str, Any], tag: str) -> tuple[list[PixelSize], int | None]:
    """From the sections of tag 34680 or 34682; sections and values may be missing.

    Returns
    -------
    pixel sizes, and the height of the data bar in px or None
    """
    scan, image = metadata.get("Scan", {}), metadata.get("Image", {})
    sizes = pixel_size(
        _metres(scan.get("PixelWidth")), _metres(scan.get("PixelHeight")), f"FEI {tag}, [Scan] PixelWidth"
    )
    if not sizes:
        for name, section in metadata.items():
            if not isinstance(section, Mapping) or "HFW" not in section:
                continue
            x_nm = _share(section.get("HFW"), image.get("ResolutionX"))
            y_nm = _share(section.get("VFW"), image.get("ResolutionY"))
            sizes = pixel_size(x_nm, y_nm, f"FEI {tag}, [{name}] HFW / [Image] ResolutionX", "medium")
            if sizes:
                break
    bar = number(metadata.get("PrivateFei", {}).get("DatabarHeight"))
    return sizes, None if bar is None else round(bar)


def zeiss_detector(metadata: Mapping[str, Any]) -> str:
    """Name of the detector in tag 34118; empty where it names none."""
    found = metadata.get("dp_detector_type") or metadata.get("dp_detector_channel")
    return str(found[1]) if isinstance(found, tuple) and len(found) > 1 else ""


def fei_detector(metadata: Mapping[str, Any]) -> str:
    """Name and mode of the detector in tag 34680 or 34682: ``"STEM DF"``; empty where it names none."""
    section = metadata.get("Detectors", {})
    return " ".join(str(section[key]) for key in ("Name", "Mode") if section.get(key))


def phenom(data: bytes) -> tuple[list[PixelSize], int | None]:
    """From the XML block ``<FeiImage`` anywhere in a file.

    Returns
    -------
    pixel sizes, and the height of the data bar in px or None
    """
    block = PHENOM_BLOCK.search(data)
    if block is None:
        return [], None
    text = block[0].decode("utf-8", "replace")
    sizes = pixel_size(_phenom(text, "pixelWidth"), _phenom(text, "pixelHeight"), "Phenom XML, pixelWidth")
    bar = re.search(r"<databarHeight[^>]*>\s*(\d+)", text)
    return sizes, int(bar[1]) if bar else None


def tescan(data: bytes) -> list[PixelSize]:
    """From tag 50431, whose chunks are binary and whose last one is text ``key=value``."""
    text = data.decode("latin-1")
    return tescan_text(text, "TESCAN tag 50431, PixelSizeX")


def tescan_text(text: str, source: str) -> list[PixelSize]:
    """From lines ``PixelSizeX=1.2e-9``, in metres."""
    x, y = (re.search(rf"PixelSize{axis}\s*=\s*([0-9.,eE+-]+)", text) for axis in "XY")
    return pixel_size(_metres(x[1]) if x else None, _metres(y[1]) if y else None, source)


def _metres(value: object) -> float | None:
    metres = number(value)
    return None if metres is None else metres * NM_PER_METRE


def _share(width_m: object, pixels: object) -> float | None:
    width, count = number(width_m), number(pixels)
    return None if width is None or count is None else width * NM_PER_METRE / count


def _phenom(text: str, key: str) -> float | None:
    found = re.search(rf'<{key}[^>]*unit="([^"]+)"[^>]*>([^<]+)<', text)
    return to_nm(f"{found[2].strip()} {found[1]}") if found else None
