"""Letters, scale bars and lines of text, as published figures carry them: a network has to learn that they are none."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.learn.samples import DEPTH, GAP, GREY, PARTICLE

Planes = NDArray[np.float32]
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)
LETTERS = (*"abcdefiABCDEF", "(a)", "(b)", "(c)", "a)", "b1", "ii")
LENGTHS = ("50 nm", "100 nm", "200 nm", "500 nm", "0.5 um", "1 um", "2.00um", "20 nm", "10 um")
LINES = (
    "S4800 3.0kV x3.00k SE(M)",
    "15.0kV 12.1mm x40.0k",
    "EHT = 3.00 kV  WD = 4.0 mm  Mag = 8.03 K X",
    "HV 10.00 kV | mag 50 000 x | det TLD",
)
# Height of letters over the side of the patch, and of the smaller text beside bars.
LETTER, TEXT = (0.06, 0.16), (0.03, 0.07)
# Height of a capital of OpenCV's fonts at scale 1, px.
CAPITAL = 22


def annotate(planes: Planes, generator: np.random.Generator) -> None:
    """Draw one or two annotations into a patch, in place; what a box hides is no particle.

    Parameters
    ----------
    planes : ndarray of shape (5, h, w), see `nanosieve.learn.patches.draw_batches`
    """
    chosen = generator.choice(len(KINDS), size=int(generator.integers(1, 3)), replace=False)
    for index in chosen:
        KINDS[index](planes, generator)


def _letter(planes: Planes, generator: np.random.Generator) -> None:
    _write(planes, str(generator.choice(LETTERS)), LETTER, generator, boxed=bool(generator.random() < 0.6))


def _scale_bar(planes: Planes, generator: np.random.Generator) -> None:
    side = planes.shape[-1]
    x, y, ink = _write(
        planes, str(generator.choice(LENGTHS)), TEXT, generator, boxed=bool(generator.random() < 0.4)
    )
    length = int(side * generator.uniform(0.1, 0.35))
    thickness = int(generator.integers(1, max(3, side // 40)))
    planes[GREY, y : y + thickness, x : x + length] = ink


def _data_bar(planes: Planes, generator: np.random.Generator) -> None:
    """A strip along the lower edge."""
    side = planes.shape[-1]
    height = int(side * generator.uniform(0.05, 0.12))
    ground = float(generator.integers(2))
    planes[GREY, -height:] = ground
    planes[[PARTICLE, DEPTH, GAP], -height:] = 0
    scale = 0.5 * height / CAPITAL
    origin = int(generator.integers(0, side // 4)), side - height // 4
    _ink(planes[GREY], str(generator.choice(LINES)), origin, _font(generator), scale, 1 - ground, 1)


def _write(
    planes: Planes, text: str, heights: tuple[float, float], generator: np.random.Generator, *, boxed: bool
) -> tuple[int, int, float]:
    """Write somewhere, mostly near a corner; left lower end of the text and its grey value."""
    side = planes.shape[-1]
    scale = side * float(generator.uniform(*heights)) / CAPITAL
    font = _font(generator)
    thickness = max(1, round(scale * float(generator.uniform(1, 3))))
    (width, height), base = cv2.getTextSize(text, font, scale, thickness)
    margin = int(generator.integers(2, max(3, side // 16)))
    right, lower = max(side - width - margin, margin), max(side - height - margin, margin)
    x = margin if generator.random() < 0.5 else right
    top = margin if generator.random() < 0.5 else lower
    if generator.random() < 0.2:
        x, top = int(generator.integers(0, right + 1)), int(generator.integers(0, lower + 1))
    ink = float(generator.integers(2))
    if boxed:
        pad = int(generator.integers(2, max(3, height)))
        box = np.s_[max(top - pad, 0) : top + height + base + pad, max(x - pad, 0) : x + width + pad]
        planes[GREY][box] = 1 - ink
        for hidden in (PARTICLE, DEPTH, GAP):
            planes[hidden][box] = 0
    _ink(planes[GREY], text, (x, top + height), font, scale, ink, thickness)
    return x, top + height + base, ink


def _font(generator: np.random.Generator) -> int:
    return FONTS[int(generator.integers(len(FONTS)))]


def _ink(
    grey: Planes, text: str, origin: tuple[int, int], font: int, scale: float, ink: float, thickness: int
) -> None:
    # OpenCV writes on bytes only
    covered = np.zeros(grey.shape, np.uint8)
    cv2.putText(covered, text, origin, font, scale, 255, thickness, cv2.LINE_AA)
    grey += (np.float32(ink) - grey) * (covered / np.float32(255))


KINDS: tuple[Callable[[Planes, np.random.Generator], None], ...] = (_letter, _scale_bar, _data_bar)
