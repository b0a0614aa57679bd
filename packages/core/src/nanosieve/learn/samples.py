"""Labelled images made ready to cut patches from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosieve.labelled import LabelledImage, open_gaps
from nanosieve.learn.normalising import normalise
from nanosieve.learn.targets import depth_in_particles
from nanosieve.rescaling import typical_width
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
