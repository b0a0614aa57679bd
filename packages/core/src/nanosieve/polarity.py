"""Bright particles on a dark ground, or dark ones on a bright ground."""

from __future__ import annotations

import math
from itertools import pairwise, product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from nanosieve.values import FloatImage, Polarity

# The weights were fitted where the shorter side has this many pixels.
SIDE_PX = 512
# A picture with a longer side is also judged by parts of at most `PART_PX`: reduced as a whole it may show but dots.
LARGEST_PX = 2048
PART_PX = 1024
# Logistic regression on 366 EMPS pictures and 9 of AMPIS; cross-validated by paper it is right on 94 %.
# No constant: the negative of a picture has the other polarity.
WEIGHT_LARGEST = -3.6
WEIGHT_BORDER = -4.3
WEIGHT_CONVEX = 8.6
WEIGHT_ROUGH = 0.95
SMALLEST_PX = 60
SHORTEST_CONTOUR = 25


def find_polarity(pixels: FloatImage, valid: NDArray[np.bool_] | None = None) -> Polarity:
    """Which of the two grey levels of a picture the particles have; see `guess_polarity`."""
    return guess_polarity(pixels, valid)[0]


def guess_polarity(pixels: FloatImage, valid: NDArray[np.bool_] | None = None) -> tuple[Polarity, float]:
    """Which of the two grey levels of a picture the particles have, and how probable that is, 0.5 to 1.

    Parameters
    ----------
    pixels : ndarray of shape (H, W), float32 in [0, 1]
    valid : ndarray of shape (H, W), bool; pixels that do not count are taken for the median

    Notes
    -----
    Otsu's threshold gives a bright and a dark class. The ground is the class that makes up the border of the picture,
    hangs together in one large piece, is smooth, and is not convex; these four are weighed. Of a picture
    larger than `LARGEST_PX`, the whole and the mean of its parts count the same. A picture of one grey value is
    ``"bright"``.
    """
    grey: NDArray[Any] = pixels
    if valid is not None:
        grey = np.where(valid, pixels, np.median(pixels)).astype(np.float32)
    evidence = _evidence_of_bright(grey)
    if max(grey.shape) > LARGEST_PX:
        parts = [_evidence_of_bright(grey[part]) for part in product(*map(_parts, grey.shape))]
        evidence = (evidence + float(np.mean(parts))) / 2
    return "bright" if evidence >= 0 else "dark", float(expit(abs(evidence)))


def _parts(length: int) -> list[slice]:
    ends = np.linspace(0, length, math.ceil(length / PART_PX) + 1).astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _evidence_of_bright(grey: NDArray[Any]) -> float:
    """Log odds that the particles are bright; 0 where there is one grey value."""
    factor = SIDE_PX / min(grey.shape)
    if factor < 1:
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(grey, (0, 0), 2)
    _, mask = cv2.threshold(np.round(smooth * 255).astype(np.uint8), 0, 1, cv2.THRESH_OTSU)
    bright = mask.astype(bool)
    if bright.all() or not bright.any():
        return 0.0
    border = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]]).mean() - 0.5
    return float(
        WEIGHT_LARGEST * (_largest(bright) - _largest(~bright))
        + WEIGHT_BORDER * border
        + WEIGHT_CONVEX * (_convexity(bright) - _convexity(~bright))
        + WEIGHT_ROUGH * (_roughness(smooth, bright) - _roughness(smooth, ~bright))
    )


def _largest(mask: NDArray[np.bool_]) -> float:
    """Share of the picture that the largest connected piece takes."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = statistics[1:, cv2.CC_STAT_AREA]
    return float(areas[areas > SMALLEST_PX].max(initial=0)) / mask.size


def _convexity(mask: NDArray[np.bool_]) -> float:
    """Area of all pieces over the area of their convex hulls."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    long = [contour for contour in contours if len(contour) > SHORTEST_CONTOUR]
    hulls = sum(cv2.contourArea(cv2.convexHull(contour)) for contour in long)
    return float(sum(cv2.contourArea(contour) for contour in long)) / hulls if hulls else 0.0


def _roughness(smooth: NDArray[Any], mask: NDArray[np.bool_]) -> float:
    """Logarithm of the mean gradient, away from the edges of the class."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    if not inner.any():
        return 0.0
    gradient = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    return float(np.log(gradient[inner].mean() + 1e-4))
