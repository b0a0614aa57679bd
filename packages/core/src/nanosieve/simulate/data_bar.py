"""The strip below a picture: a scale bar and the microscope's words."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.kinds import Kind
from nanosieve.simulate.settings import SimulationSettings
from nanosieve.values import FloatImage

BAR_SHARE = 64 / 704  # of the height of the picture, as in fields of 1024 x 768 px
LEAST_ROWS = 24
LONGEST_SCALE_BAR = 0.2  # of the width
# Width of the display to which a magnification refers, m.
DISPLAY_WIDTH_M = 0.376
BEAM_KV = {"se": 5, "stem_bf": 30, "stem_df": 30}
DETECTORS = {"se": "InLens", "stem_bf": "STEM BF", "stem_df": "STEM DF"}


def magnification(settings: SimulationSettings) -> float:
    """How much larger the picture is on the display than the specimen."""
    return DISPLAY_WIDTH_M / (settings.width * settings.pixel_size_nm * 1e-9)


def scale_bar_nm(settings: SimulationSettings) -> float:
    """The longest of 1, 2, 5, 10, ... nm that fits."""
    longest = LONGEST_SCALE_BAR * settings.width * settings.pixel_size_nm
    decade = 10.0 ** math.floor(math.log10(longest))
    return max(step * decade for step in (1, 2, 5) if step * decade <= longest)


def draw_data_bar(kind: Kind, settings: SimulationSettings) -> FloatImage:
    """The strip, shape (rows, W), white on black."""
    rows = max(LEAST_ROWS, round(BAR_SHARE * settings.height))
    strip = np.zeros((rows, settings.width), np.uint8)
    length_nm = scale_bar_nm(settings)
    length = round(length_nm / settings.pixel_size_nm)
    left, low, tick = max(4, settings.width // 60), round(0.72 * rows), max(2, rows // 10)
    right = left + length
    cv2.line(strip, (left, low), (right, low), 255, 2)
    for end in (left, right):
        cv2.line(strip, (end, low - tick), (end, low + tick), 255, 2)
    size = max(8, round(0.26 * rows))
    label = f"{length_nm:g} nm" if length_nm < 1000 else f"{length_nm / 1000:g} µm"
    _write(strip, label, left, round(0.42 * rows), size)
    words = (
        (f"EHT = {BEAM_KV[kind]:.2f} kV", f"WD = {4.0:.1f} mm"),
        (f"Signal A = {DETECTORS[kind]}", f"Mag = {magnification(settings) / 1000:.2f} K X"),
        (f"Width = {settings.width * settings.pixel_size_nm / 1000:.3f} µm", "Simulated"),
    )
    column = max(right, left + 6 * size) + 2 * size
    step = max(1, (settings.width - column) // len(words))
    for number, (upper, lower) in enumerate(words):
        if step >= 10 * size:  # a narrow picture has the scale bar only
            _write(strip, upper, column + number * step, round(0.42 * rows), size)
            _write(strip, lower, column + number * step, round(0.82 * rows), size)
    return strip.astype(np.float32) / np.float32(255)


def _write(strip: NDArray[np.uint8], text: str, x: int, y: int, size: int) -> None:
    cv2.putText(strip, text, (x, y), 255, cv2.FontFace("sans"), size, 400)
