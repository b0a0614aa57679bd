"""Particles of another size than a model was trained on: the image is rescaled, and segmented again."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from nanosieve.depth import depth_in
from nanosieve.labels import largest_in, pixel_counts, relabel, solidity
from nanosieve.specs import Segmenter
from nanosieve.values import FloatImage, LabelImage, Micrograph, Segmentation

# The longer side of the coarse pass, px: it costs little beside the whole image.
COARSE_PX = 384
# What both passes see alike is no matter of size. Large particles fall to pieces in the full pass.
ALIKE = 0.7
# Farther than this from the range of training the answer is not to be trusted.
FAR = 4.0
# Into the range, but no farther than needed: each rescaling loses or invents detail.
MARGIN = 1.5
LEAST_PARTICLES = 3
# Where nothing is found the picture is looked at so much larger. What the models that come along then make of grainy
# noise alone is ragged, with a solidity of 0.5 to 0.6; dots of 7 px on such a ground had 0.81 (SE) and 0.96.
CLOSER = 2.0
LEAST_SOLIDITY = 0.85
# A magnified picture has no more pixels than this, so that memory stays bounded; below that factor it does not pay.
MOST_PX = 1 << 26
LEAST_FACTOR = 1.2


@dataclass(frozen=True)
class RescalingSegmenter:
    """A segmenter that sees particles in the sizes that it knows.

    Attributes
    ----------
    segmenter : whose answer is wanted
    diameter_px : smallest and largest equivalent diameter of its training

    Notes
    -----
    The image is segmented as it is, and coarsely. Where particles are smaller than the geometric middle of the range,
    the image is magnified: networks tell touching particles of few pixels apart badly, also those of sizes that they
    were trained on. Where the median of the coarse pass is above the range, and the full pass sees other particles,
    it is reduced. Where nothing is found at all, it is magnified, and what is then found counts if it is convex.
    """

    segmenter: Segmenter
    diameter_px: tuple[float, float]

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """Segment at the scale that suits, and say so if it is another one."""
        full = self.segmenter.segment(micrograph)
        # first: the crumbs of a large particle look like small ones
        large = self._large_median(micrograph, full)
        if large > self.diameter_px[1]:
            return self._again(micrograph, large, suitable_factor(large, self.diameter_px))
        most = math.sqrt(MOST_PX / micrograph.pixels.size)
        if full.count == 0:
            return self._closer(micrograph, full, min(CLOSER, most))
        size = typical_width(full.labels)
        factor = min(suitable_factor(size, self.diameter_px), most)
        if full.count >= LEAST_PARTICLES and factor >= LEAST_FACTOR:
            return self._again(micrograph, size, factor)
        return full

    def _large_median(self, micrograph: Micrograph, full: Segmentation) -> float:
        """Median diameter in the coarse pass, in px of the micrograph; 0 where it sees what the full pass sees."""
        factor = COARSE_PX / max(micrograph.shape)
        if factor >= 1:
            return 0.0
        coarse = self.segmenter.segment(resized(micrograph, factor))
        if _likeness(full.labels, coarse.labels) > ALIKE:
            return 0.0
        return median_diameter(coarse.labels) / factor

    def _closer(self, micrograph: Micrograph, nothing: Segmentation, factor: float) -> Segmentation:
        """Particles too small to be seen at first, or still none."""
        if factor < LEAST_FACTOR:
            return nothing
        seen = self.segmenter.segment(resized(micrograph, factor))
        if seen.count < LEAST_PARTICLES or solidity(seen.labels) < LEAST_SOLIDITY:
            return nothing
        warning = f"nothing was found at first: segmented at {factor:.2g} times the size"
        return _restored(seen, micrograph.shape, (warning,))

    def _again(self, micrograph: Micrograph, size: float, factor: float) -> Segmentation:
        low, high = self.diameter_px
        small = self.segmenter.segment(resized(micrograph, factor))
        warnings = [
            f"particles of about {size:.0f} px, trained on {low:.0f} to {high:.0f} px: "
            f"segmented at {factor:.2g} times the size"
        ]
        if not low / FAR <= size <= high * FAR:
            warnings.append("particles far outside the range of training: check the overlay")
        return _restored(small, micrograph.shape, tuple(warnings))


def suitable_factor(size: float, diameter_px: tuple[float, float]) -> float:
    """By how much an image is magnified whose particles have a certain size; 1 where they suit, or there are none.

    Parameters
    ----------
    size : of the typical particle, px
    diameter_px : smallest and largest diameter that a model was trained on
    """
    low, high = diameter_px
    if size > high:
        return max(1 / FAR**2, high / MARGIN / size)
    middle = math.sqrt(low * high)
    return min(FAR, middle * MARGIN / size) if 0 < size < middle else 1.0


def median_diameter(labels: LabelImage) -> float:
    """Median of the equivalent diameters, px; 0 without particles."""
    areas = pixel_counts(labels)[1:]
    return float(np.median(np.sqrt(4 / np.pi * areas))) if areas.size else 0.0


def typical_width(labels: LabelImage) -> float:
    """Diameter, px, of the largest disc in a particle, up to which half of the area of all particles lies.

    0 without particles. By area, since crumbs and panel letters are many, but small; by width, since what hangs
    together may be many particles in a row.
    """
    if not labels.any():
        return 0.0
    areas = pixel_counts(labels)[1:]
    # the picture's frame is no edge of a particle
    widths = 2 * largest_in(labels, depth_in(labels > 0))[1:]
    order = np.argsort(widths)
    middle = np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)
    return float(widths[order][middle])


def resized(micrograph: Micrograph, factor: float) -> Micrograph:
    """The same picture with sides `factor` times as long."""
    height, width = (max(1, round(side * factor)) for side in micrograph.shape)
    kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    pixels = np.clip(cv2.resize(micrograph.pixels, (width, height), interpolation=kind), 0, 1)
    valid = micrograph.valid
    if valid is not None:
        valid = cv2.resize(valid.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    size = micrograph.pixel_size_nm
    return replace(
        micrograph,
        pixels=pixels.astype(np.float32),
        valid=valid,
        pixel_size_nm=None if size is None else (size[0] / factor, size[1] / factor),
        frame=None,
        picture_shape=None,
    )


def _likeness(full: LabelImage, coarse: LabelImage) -> float:
    """Intersection over union of what two passes take for particles."""
    height, width = full.shape
    seen = cv2.resize((coarse > 0).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    union = np.count_nonzero(seen | (full > 0))
    return np.count_nonzero(seen & (full > 0)) / union if union else 1.0


def _restored(small: Segmentation, shape: tuple[int, int], warnings: tuple[str, ...]) -> Segmentation:
    """The answer in the pixels of the micrograph."""
    height, width = shape
    size = (width, height)
    labels: LabelImage = np.asarray(cv2.resize(small.labels, size, interpolation=cv2.INTER_NEAREST), np.int32)
    foreground: FloatImage | None = None
    if small.foreground is not None:
        foreground = np.asarray(
            cv2.resize(small.foreground, size, interpolation=cv2.INTER_LINEAR), np.float32
        )
        labels = _fitted(labels, np.greater(foreground, 0.5), within=1 + height / small.labels.shape[0])
    return replace(
        small,
        labels=relabel(labels),
        foreground=foreground,
        magnification=small.labels.shape[0] / height,
        warnings=(*small.warnings, *warnings),
    )


def _fitted(labels: LabelImage, inside: NDArray[np.bool_], within: float) -> LabelImage:
    """Labels whose edge, jagged by magnifying, is that of `inside`: pixels take the nearest label within reach."""
    if not labels.any():
        return labels
    distance, (rows, columns) = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    nearest = labels[rows, columns]
    # what is inside but far from every particle was left out on purpose
    fitted: LabelImage = np.where(inside & (distance <= within), nearest, 0)
    return fitted
