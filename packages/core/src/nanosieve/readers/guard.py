"""Limits that are checked before anything is decoded: a small file must not fill the memory."""

from __future__ import annotations

from pathlib import Path

from nanosieve.errors import ReadError

# The largest micrographs are mosaics of about 20 000 x 20 000.
MOST_PIXELS = 600_000_000
# No lossless compression of a real picture comes near; an empty one of ordinary size does, and is harmless.
MOST_EXPANSION = 10_000
ORDINARY_BYTES = 256 * 1024**2


def check_size(path: Path, width: int, height: int, bytes_per_pixel: int) -> None:
    """Refuse a picture that is empty, too large, or whose size its file cannot hold.

    Raises
    ------
    ReadError
        Naming the sizes.
    """
    if width < 1 or height < 1:
        raise ReadError(f"{path.name!r} holds no pixels ({width} x {height})")
    if width * height > MOST_PIXELS:
        raise ReadError(
            f"{path.name!r} declares {width} x {height} pixels, more than {MOST_PIXELS:,}; cut it into parts"
        )
    declared, stored = width * height * bytes_per_pixel, max(path.stat().st_size, 1)
    if declared > ORDINARY_BYTES and declared > MOST_EXPANSION * stored:
        raise ReadError(
            f"{path.name!r} declares {width} x {height} pixels in {stored:,} bytes: it is damaged, or a trap"
        )
