"""Pixels of any kind to grey values in [0, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosieve.text_boxes import find_text_boxes
from nanosieve.values import FloatImage

# Robust against hot pixels and burned-in white letters, and hardly any true grey value is cut.
PERCENTILES = (0.1, 99.9)
# Channels of a grey picture that went through JPEG differ a little; colours differ more, in 8 bit.
COLOUR_DIFFERENCE = 40 / 255
# With more colour than this the picture itself is coloured, not annotated.
MOST_ANNOTATION = 0.2
LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601


def to_grey(pixels: NDArray[Any]) -> tuple[FloatImage, NDArray[np.bool_] | None, list[str]]:
    """Scale the whole picture between robust percentiles of its valid pixels.

    Parameters
    ----------
    pixels : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), any integer, boolean or float type, without data bar

    Returns
    -------
    grey : ndarray of shape (H, W), float32 in [0, 1]; invalid pixels have the median
    valid : ndarray of shape (H, W), bool, False at NaN, infinity, boxes with text and coloured annotations; None where
        all are valid
    warnings : what a person should know
    """
    warnings: list[str] = []
    valid = np.ones(pixels.shape[:2], bool)
    values = pixels.astype(np.float32)
    if values.ndim == 3:
        values, valid, warnings = _from_colour(values[..., :3], _range_of(pixels))
    boxes = find_text_boxes(values)
    if boxes is not None:
        warnings.append(f"{boxes.mean():.1%} of the picture is boxes with text, left out")
        valid &= ~boxes
    finite = np.isfinite(values)
    if not finite.all():
        warnings.append(f"{int((~finite).sum())} pixels are not numbers and are left out")
        valid &= finite
    known = values[valid]
    if known.size == 0:
        return np.zeros(values.shape, np.float32), valid, [*warnings, "the picture has no valid pixel"]
    low, high = np.percentile(known, PERCENTILES)
    if high <= low:  # few grey values: nearly all pixels are alike
        low, high = float(known.min()), float(known.max())
    median = np.median(known)
    filled = np.where(valid, values, median)
    spread = float(high) - float(low)
    grey = np.clip((filled - low) / spread, 0, 1) if spread > 0 else np.zeros_like(filled)
    return grey.astype(np.float32), None if valid.all() else valid, warnings


def _from_colour(channels: FloatImage, full_range: float) -> tuple[FloatImage, NDArray[np.bool_], list[str]]:
    luminance = (channels @ np.array(LUMINANCE, np.float32)).astype(np.float32)
    coloured = np.ptp(channels, axis=2) > COLOUR_DIFFERENCE * full_range
    share = float(coloured.mean())
    if share > MOST_ANNOTATION:
        return luminance, np.ones_like(coloured), ["the picture is coloured; its luminance is taken"]
    if coloured.any():
        warning = f"{share:.1%} of the picture is coloured, taken for an annotation and left out"
        return luminance, ~coloured, [warning]
    return luminance, ~coloured, []


def _range_of(pixels: NDArray[Any]) -> float:
    if pixels.dtype.kind in "ui":
        return float(np.iinfo(pixels.dtype).max)
    return float(np.nanmax(pixels, initial=1))
