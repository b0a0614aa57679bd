"""Label images and masks: PNG and TIFF of 8, 16 or 32 bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from nanosieve.errors import DataError
from nanosieve.labels import components
from nanosieve.values import LabelImage

SUFFIXES = (".png", ".tif", ".tiff")


def read_labels(path: Path, shape: tuple[int, int]) -> LabelImage:
    """Each particle its number; colours of an RGB picture are numbers too, black is the ground."""
    pixels = _decode(path)
    if pixels.ndim == 3:
        channels = pixels[..., :3].astype(np.int64)
        _, numbers = np.unique(channels @ np.array([1 << 16, 1 << 8, 1]), return_inverse=True)
        pixels = numbers.reshape(pixels.shape[:2]) + (0 if _has_black(channels) else 1)
    if pixels.dtype.kind == "f":
        if not np.array_equal(pixels, np.round(pixels)):
            raise DataError(f"{path.name!r} holds fractions; a label image holds whole numbers")
        pixels = pixels.astype(np.int64)
    if pixels.min(initial=0) < 0 or pixels.max(initial=0) > np.iinfo(np.int32).max:
        raise DataError(
            f"{path.name!r} holds numbers below 0 or above 2^31; 0 is ground, particles count from 1"
        )
    labels: LabelImage = pixels.astype(np.int32)
    return labels


def read_masks(path: Path, shape: tuple[int, int]) -> LabelImage:
    """What hangs together is one particle; anything but 0 is particle."""
    pixels = _decode(path)
    channels = pixels[..., :3] if pixels.ndim == 3 else pixels[..., None]
    return components(np.any(channels != 0, axis=2))


def _has_black(channels: NDArray[Any]) -> bool:
    return bool((channels.sum(axis=2) == 0).any())


def _decode(path: Path) -> NDArray[Any]:
    try:
        pixels = (
            imagecodecs.png_decode(path.read_bytes())
            if path.suffix.lower() == ".png"
            else tifffile.imread(path)
        )
    except Exception as error:  # decoders raise what they like
        raise DataError(f"{path.name!r} cannot be read as a label image: {error}") from error
    pixels = np.asarray(np.squeeze(pixels))
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise DataError(f"{path.name!r} has shape {pixels.shape}; a label image is (H, W)")
    return pixels.astype(np.uint8) if pixels.dtype == bool else pixels
