"""The pixel size of a picture: chosen among what is said of it, never guessed."""

from __future__ import annotations

import re

from nanosieve.errors import ScaleError, UsageError
from nanosieve.readers.lengths import LENGTH, PLAUSIBLE_NM, to_nm
from nanosieve.values import PixelSize, RawImage

# Two statements that differ by more contradict each other.
MOST_DISAGREEMENT = 0.02
FORM = 'write it as "7.34 nm", or "7.34 x 7.40 nm" for x and y'


def parse_length(text: str) -> float:
    """A length in nm: ``"7.34 nm"``, ``"0.5 µm"``, ``"1,5 nm"``.

    Raises
    ------
    UsageError
        If it is no positive length with a unit.
    """
    nm = to_nm(text)
    if nm is None or nm <= 0:
        raise UsageError(f'{text!r} is no length; write a number with pm, nm, um or mm, such as "40 nm"')
    return nm


def parse_pixel_size(text: str) -> PixelSize:
    """A pixel size given by the user: ``"7.34 nm"`` for square pixels, ``"7.34 x 7.40 nm"`` for x and y.

    Raises
    ------
    UsageError
        If it is no length, reciprocal, or not plausible.
    """
    parts = re.split(r"\s*[x×]\s*", text.strip())  # noqa: RUF001
    last = LENGTH.fullmatch(parts[-1])
    if last is None or len(parts) > 2:
        raise UsageError(f"pixel size {text!r} is not a number with a unit; {FORM}")
    sizes = [to_nm(part if LENGTH.fullmatch(part) else f"{part} {last[2]}") for part in parts]
    if any(size is None for size in sizes):
        raise UsageError(f"pixel size {text!r} has no unit of length; {FORM}")
    x_nm, y_nm = (float(size or 0) for size in (sizes[0], sizes[-1]))
    if not all(PLAUSIBLE_NM[0] <= size <= PLAUSIBLE_NM[1] for size in (x_nm, y_nm)):
        raise UsageError(f"pixel size {text!r} is not between 1 pm and 1 mm; {FORM}")
    return PixelSize(y_nm=y_nm, x_nm=x_nm, source="given by the user", confidence="high")


def choose_pixel_size(
    raw: RawImage, given: PixelSize | None, name: str
) -> tuple[PixelSize | None, list[str]]:
    """The pixel size to use, and what a person should know of it.

    Parameters
    ----------
    given : by the user; over that of the file, and said so
    name : of the image, for messages

    Raises
    ------
    ScaleError
        If the picture has reciprocal pixels, or its sources differ by more than 2 %.
    """
    if raw.refusal:
        raise ScaleError(f"{name!r} has no sizes to measure: {raw.refusal}")
    if given is not None:
        differing = [size for size in raw.pixel_sizes if _disagree(size, given)]
        said = "; ".join(f"{_text(size)} ({size.source})" for size in differing)
        return given, [
            f"the pixel size given, {_text(given)}, replaces that of the file: {said}"
        ] if said else []
    if not raw.pixel_sizes:
        return None, []
    first, *others = raw.pixel_sizes
    for other in others:
        if _disagree(first, other):
            raise ScaleError(
                f"{name!r} has two pixel sizes: {_text(first)} ({first.source}) and {_text(other)} ({other.source}); "
                "say which is right with --pixel-size"
            )
    return first, []


def _disagree(one: PixelSize, other: PixelSize) -> bool:
    return any(
        abs(a - b) > MOST_DISAGREEMENT * max(a, b)
        for a, b in ((one.x_nm, other.x_nm), (one.y_nm, other.y_nm))
    )


def _text(size: PixelSize) -> str:
    if abs(size.x_nm - size.y_nm) < 1e-6 * size.x_nm:
        return f"{size.x_nm:.6g} nm"
    return f"{size.x_nm:.6g} x {size.y_nm:.6g} nm"
