"""PNG and JPEG: pixels; pixel sizes from Phenom metadata and side files."""

from __future__ import annotations

import struct
from pathlib import Path

import imagecodecs
import numpy as np

from nanosieve.errors import ReadError
from nanosieve.readers.guard import check_size
from nanosieve.readers.scanning import phenom
from nanosieve.readers.side_files import side_instrument, side_sizes
from nanosieve.values import RawImage

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
# The markers of JPEG that carry the size; C4, C8 and CC are other things.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read(path: Path) -> RawImage:
    """Read a PNG or JPEG file.

    Raises
    ------
    ReadError
        If it is neither, is truncated, or declares more pixels than it can hold.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadError(f"{path.name!r} cannot be read: {error.strerror}") from error
    try:
        width, height, samples = _size(data)
    except (struct.error, IndexError) as error:
        raise ReadError(f"{path.name!r} is truncated: it ends within its header") from error
    if width < 0:
        raise ReadError(f"{path.name!r} is neither PNG nor JPEG, whatever its name says")
    check_size(path, width, height, samples)
    try:
        pixels = imagecodecs.png_decode(data) if data.startswith(PNG) else imagecodecs.jpeg_decode(data)
    except Exception as error:  # every codec has an error of its own
        raise ReadError(f"{path.name!r} cannot be decoded, it may be truncated: {error}") from error
    pixels = np.asarray(pixels)
    if pixels.ndim == 3 and pixels.shape[-1] in (1, 2):
        pixels = pixels[..., 0]  # grey, with or without alpha
    sizes, bar = phenom(data)
    side, picture_height = side_sizes(path, width)
    if picture_height is not None and picture_height < height:
        bar = height - picture_height
    return RawImage(
        pixels=pixels, pixel_sizes=(*sizes, *side), data_bar_rows=bar, metadata=side_instrument(path)
    )


def _size(data: bytes) -> tuple[int, int, int]:
    """Width, height and bytes per pixel from the header; -1 for another format."""
    if data.startswith(PNG):
        width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
        return width, height, max(1, depth // 8) * {2: 3, 4: 2, 6: 4}.get(colour, 1)
    if not data.startswith(JPEG):
        return -1, -1, 0
    at = 2
    while True:
        marker, length = struct.unpack(">xBH", data[at : at + 4])
        if marker in FRAMES:
            height, width, samples = struct.unpack(">HHB", data[at + 5 : at + 10])
            return width, height, samples
        at += 2 + length
