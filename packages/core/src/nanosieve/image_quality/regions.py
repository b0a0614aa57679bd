"""Which parts of a picture are ground and which are particle, away from the edges between them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.values import FloatImage, Micrograph, Segmentation

# So far around an edge, in px, pixels belong to neither side: blur of the sharper pictures reaches so far.
REACH = 3
# Over so many px grey values are averaged before particles are sought in them.
SMOOTH_PX = 3.0
# Medians of so many pixels are as good as those of all.
SAMPLE_PX = 50_000
# Fewer pixels than these say nothing.
LEAST_PX = 200
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Regions:
    """Parts of one picture, each of shape (H, W).

    Attributes
    ----------
    pixels : float32 in [0, 1]
    ground, core : pixels of the ground and of particles that are `REACH` px and more from an edge; those that are not
        valid are in neither
    band : pixels within `REACH` px of an edge between particle and ground
    contrast : between the medians of particles and ground or, where one of them is missing, between the two classes of
        Otsu's threshold in the smoothed picture; NaN where all is alike
    """

    pixels: FloatImage
    ground: Mask
    core: Mask
    band: Mask
    contrast: float


def divide(micrograph: Micrograph, segmentation: Segmentation) -> Regions:
    """Tell ground, particles and what is near their edges apart."""
    pixels = np.asarray(micrograph.pixels)
    inside = (segmentation.labels > 0).astype(np.uint8)
    near = np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)
    grown, shrunk = cv2.dilate(inside, near) > 0, cv2.erode(inside, near) > 0
    known = np.ones(pixels.shape, bool)
    if micrograph.valid is not None:
        known = cv2.erode(micrograph.valid.astype(np.uint8), near) > 0
    ground, core = ~grown & known, shrunk & known
    # small particles have no pixel far from their edge
    middle = core if np.count_nonzero(core) >= LEAST_PX else (inside > 0) & known
    if min(np.count_nonzero(ground), np.count_nonzero(middle)) < LEAST_PX:
        contrast = _contrast_by_grey(pixels)
    else:
        contrast = abs(_median(pixels, middle) - _median(pixels, ground))
    contrast = contrast or np.nan
    return Regions(pixels, ground, core, grown & ~shrunk & known, contrast)


def _contrast_by_grey(pixels: FloatImage) -> float:
    smooth = np.round(cv2.GaussianBlur(pixels, (0, 0), SMOOTH_PX) * 255).astype(np.uint8)
    level, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_OTSU)
    bright = smooth > level
    if bright.all() or not bright.any():
        return 0.0
    return abs(_median(pixels, bright) - _median(pixels, ~bright))


def _median(pixels: FloatImage, mask: Mask) -> float:
    values = pixels[mask]
    return float(np.median(values[:: max(1, values.size // SAMPLE_PX)]))
