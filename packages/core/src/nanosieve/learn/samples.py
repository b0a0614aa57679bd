"""Labelled images made ready to cut patches from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.labelled import LabelledImage, open_gaps
from nanosieve.learn.normalising import normalise
from nanosieve.learn.targets import depth_in_particles
from nanosieve.rescaling import resized, suitable_factor, typical_width
from nanosieve.values import FloatImage, LabelImage

WeightMap = Callable[[LabelImage, FloatImage], FloatImage]

# Planes of a sample; patches have one more.
GREY, PARTICLE, WEIGHT, DEPTH = range(4)
PLANES = 4
GAP = 4
PATCH_PLANES = 5


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One image with its targets.

    Attributes
    ----------
    planes : ndarray of shape (4, H, W), float16: grey in [0, 1], particle (0 or 1), weight, relative depth
    labels : ndarray of shape (H, W), int32, as they were given
    width : of its typical particle, px; 0 where it has none
    """

    planes: NDArray[np.float16]
    labels: LabelImage
    width: float
    name: str

    @property
    def area(self) -> int:
        """Number of pixels."""
        _, height, width = self.planes.shape
        return int(height * width)


def in_scale(image: LabelledImage, widths: tuple[float, float]) -> LabelledImage:
    """The image as a model of particles of some widths, px, is given it: small ones magnified, large ones reduced."""
    factor = suitable_factor(typical_width(image.labels), widths)
    micrograph = resized(image.micrograph, factor)
    height, width = micrograph.shape
    labels = cv2.resize(image.labels, (width, height), interpolation=cv2.INTER_NEAREST)
    return replace(image, micrograph=micrograph, labels=np.asarray(labels, np.int32))


def make_sample(image: LabelledImage, weigh: WeightMap) -> Sample:
    """Targets and weights of one image; touching particles get a gap, pixels that are not valid do not count."""
    labels = open_gaps(image.labels)
    grey = normalise(image.micrograph)
    weights = weigh(labels, grey)
    if image.micrograph.valid is not None:
        weights = np.where(image.micrograph.valid, weights, np.float32(0))
    planes = np.stack([grey, (labels > 0).astype(np.float32), weights, depth_in_particles(labels)])
    # half precision: a thousandth of a grey level, and half the memory
    return Sample(
        planes=planes.astype(np.float16), labels=image.labels, width=typical_width(labels), name=image.name
    )
