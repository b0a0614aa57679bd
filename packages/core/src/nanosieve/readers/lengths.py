"""Lengths as people and microscopes write them."""

from __future__ import annotations

import math
import re

from nanosieve.values import Confidence, PixelSize

NM_PER = {
    "pm": 1e-3,
    "a": 0.1,
    "å": 0.1,
    "angstrom": 0.1,
    "nm": 1.0,
    "um": 1e3,
    "µm": 1e3,  # micro sign
    "μm": 1e3,  # Greek mu
    "micron": 1e3,
    "microns": 1e3,
    "mm": 1e6,
    "cm": 1e7,
    "m": 1e9,
}
NM_PER_METRE = 1e9
# Smaller than an atom's core or larger than a grain of sand: not a pixel of an electron micrograph.
PLAUSIBLE_NM = (1e-3, 1e6)
NUMBER = r"[+-]?\d+(?:[.,]\d*)?(?:[eE][+-]?\d+)?|[+-]?[.,]\d+(?:[eE][+-]?\d+)?"
LENGTH = re.compile(rf"\s*({NUMBER})\s*([^\d\s.,].*?)\s*")


def nm_per(unit: str) -> float | None:
    """How many nm a unit has; None for an unknown or reciprocal one. ``\\u00B5m`` may be spelt out."""
    return NM_PER.get(unit.strip().replace("\\u00B5", "µ").casefold())


def to_nm(text: str) -> float | None:
    """``"7.34 nm"`` to 7.34; None where it is no length."""
    found = LENGTH.fullmatch(text)
    factor = nm_per(found[2]) if found else None
    return None if found is None or factor is None else float(found[1].replace(",", ".")) * factor


def number(value: object) -> float | None:
    """A finite number greater than 0, or None for anything else; microscopes write ``""``, ``"nan"`` and 0."""
    try:
        found = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) and found > 0 else None


def pixel_size(
    x_nm: float | None, y_nm: float | None, source: str, confidence: Confidence = "high"
) -> list[PixelSize]:
    """A list of one pixel size, or of none where it is missing or not plausible; y follows x where it is missing."""
    if x_nm is None:
        return []
    y_nm = x_nm if y_nm is None else y_nm
    if not all(PLAUSIBLE_NM[0] <= size <= PLAUSIBLE_NM[1] for size in (x_nm, y_nm)):
        return []
    return [PixelSize(y_nm=y_nm, x_nm=x_nm, source=source, confidence=confidence)]
