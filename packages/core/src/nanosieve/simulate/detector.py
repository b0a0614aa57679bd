"""What the microscope adds: blur, drift, charging, an uneven ground, noise, and the data bar."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.simulate.beam import FloatImage, texture
from nanosieve.simulate.settings import SimulationSettings

BAR_SHARE = 0.08
BAR_INK = 1.0


def detect(signal: FloatImage, settings: SimulationSettings, rng: np.random.Generator) -> FloatImage:
    """A recorded picture in [0, 1]."""
    picture: NDArray[Any] = signal
    if settings.unevenness:
        picture = picture + settings.unevenness * 0.5 * texture(signal.shape, (max(signal.shape) / 1.5,), rng)
    if settings.blur_px:
        picture = cv2.GaussianBlur(picture, (0, 0), settings.blur_px)
    if settings.drift_px:
        picture = _shift_rows(picture, settings.drift_px, rng)
    if settings.charging:
        picture = picture + settings.charging * _streaks(picture)
    picture = np.clip(picture, 0, 1)
    shot = rng.poisson(picture * settings.dose) / settings.dose
    return np.clip(shot + rng.normal(0, settings.noise, picture.shape), 0, 1).astype(np.float32)


def add_data_bar(picture: FloatImage, settings: SimulationSettings) -> FloatImage:
    """A black strip below, with the length of a scale bar."""
    height, width = picture.shape
    rows = max(24, round(BAR_SHARE * height))
    bar = np.zeros((rows, width), np.float32)
    size = max(8, rows // 2)
    font = cv2.FontFace("sans")
    longest = 0.25 * width * settings.pixel_size_nm
    decade = 10 ** math.floor(math.log10(longest))
    length = max(m * decade for m in (1, 2, 5) if m * decade <= longest)
    text = f"{length:g} nm" if length < 1000 else f"{length / 1000:g} µm"
    end = 10 + round(length / settings.pixel_size_nm)
    cv2.rectangle(bar, (10, rows // 2 - 2), (end, rows // 2 + 2), BAR_INK, cv2.FILLED)
    canvas = np.zeros((rows, width), np.uint8)
    cv2.putText(canvas, text, (end + size // 2, rows // 2 + size // 3), (255, 255, 255), font, size, 500)
    return np.vstack([picture, np.maximum(bar, canvas / np.float32(255))])


def to_integers(picture: FloatImage, bits: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Grey values as a microscope stores them."""
    if bits == 8:
        return np.round(picture * 255).astype(np.uint8)
    return np.round(picture * 65535).astype(np.uint16)


def _shift_rows(picture: FloatImage, drift_px: float, rng: np.random.Generator) -> FloatImage:
    height, width = picture.shape
    jitter = cv2.GaussianBlur(rng.normal(0, 1, (height, 1)).astype(np.float32), (1, 9), 0)[:, 0]
    shift = drift_px * jitter / max(float(jitter.std()), 1e-6)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(picture, x + shift[:, None], y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT).astype(
        np.float32
    )


def _streaks(picture: FloatImage) -> FloatImage:
    """Dark tails along the fast scan, behind what is bright."""
    length = max(8, picture.shape[1] // 12)
    tail = np.exp(-np.arange(length) / (length / 4)).astype(np.float32)
    excess = np.maximum(picture - np.float32(np.median(picture)), 0)
    behind = -cv2.filter2D(excess, -1, (tail[::-1] / tail.sum())[None, :], anchor=(length - 1, 0))
    return np.asarray(behind, np.float32)
