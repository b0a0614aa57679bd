"""Where a model puts the edge: equivalent diameters of matched particles, found less labelled, in px.

The px of an offset are those of the picture as the model saw it: where small particles are magnified for it, its edges
are off by as many px of the magnified picture. By shape, too: a sphere in transmission fades out towards its edge, a
plate does not.

The diameter found is the one that `analyze` would report, to a fraction of a pixel; that of the label is of its pixels,
which are right on average where a pixel is labelled as soon as half of it is covered. Particles that touch the frame on
either side are left out, and so is an image in which the segmenter failed as a whole: the few particles that match
there by chance say nothing of its edge. An offset is common to all particles of an image and does not average out over
them, so images, not particles, are what the interval is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import median_abs_deviation

from nanosieve.evaluation.intervals import estimate_pooled
from nanosieve.labels import at_frame
from nanosieve.matching import Overlap, match
from nanosieve.models import Boundary
from nanosieve.models import Offset as KeptOffset
from nanosieve.outline import FloatArray
from nanosieve.particles import cut_particles
from nanosieve.values import LabelImage, Micrograph, Segmentation

# Of smaller particles the labels themselves, drawn by people or of whole pixels, are off by as much.
LEAST_DIAMETER_PX = 30.0
# Limits of the classes of true diameters, px; the first row is over all from `LEAST_DIAMETER_PX` on.
CLASSES_PX = ((LEAST_DIAMETER_PX, np.inf), (10.0, 30.0), (30.0, 60.0), (60.0, 120.0), (120.0, np.inf))
# Below this F1 of an image, at IoU > 0.5, more particles are missed or false than found.
LEAST_F1 = 0.5
# Fewer particles give no median of an image.
LEAST_PARTICLES = 3
# What hides part of such a particle, or was not found of it, is no offset of its edge.
NOT_ONE = ("covered", "agglomerate")
# Fewer images give no scatter between them.
LEAST_IMAGES = 2


@dataclass(frozen=True)
class Offsets:
    """Matched particles of one image.

    Attributes
    ----------
    truth : ndarray of shape (n,), diameters of the labels, px of the micrograph
    offset : ndarray of shape (n,), diameters found less those, px as the model saw them
    shapes : shape class of each, ``""`` where the labels name none; None: they name none at all
    """

    truth: FloatArray
    offset: FloatArray
    shapes: NDArray[np.object_] | None = None

    def between(self, low: float, high: float, shape: str = "") -> FloatArray:
        """Offsets of the particles with ``low <= truth < high``; with a shape, of that shape."""
        chosen = (self.truth >= low) & (self.truth < high)
        if shape:
            chosen &= False if self.shapes is None else self.shapes == shape
        return self.offset[chosen]


@dataclass(frozen=True, kw_only=True)
class Offset:
    """The offset over images, for one class of diameters and one or all shapes.

    Attributes
    ----------
    shape : ``""`` for all
    from_px, to_px : limits of the true diameters; infinity for no upper limit
    images : how many have `LEAST_PARTICLES` particles of the class
    particles : how many those have
    offset_px : median of the medians of the images
    low_px, high_px : its 95 % interval over images; NaN where there are too few
    sd_images_px : scaled median absolute deviation of the medians of the images, which for a normal distribution is the
        standard deviation (ISO 13528:2022, annex C); NaN for one. A picture on which the model fails is no scatter of
        its edges.
    sd_particles_px : standard deviation of the particles about the median of their image; NaN for one
    """

    shape: str
    from_px: float
    to_px: float
    images: int
    particles: int
    offset_px: float
    low_px: float
    high_px: float
    sd_images_px: float
    sd_particles_px: float


def offsets_of(
    micrograph: Micrograph,
    found: Segmentation,
    truth: LabelImage,
    overlap: Overlap,
    shapes: Mapping[int, str] | None = None,
) -> Offsets:
    """Compare the diameters of the particles that are the same, see `nanosieve.evaluation.instances`.

    There are none where the F1 of the image is below `LEAST_F1`.

    Parameters
    ----------
    shapes : shape class by number in `truth`, where the labels name them
    """
    pairs = match(overlap)
    if 2 * len(pairs) < LEAST_F1 * (overlap.found_count + overlap.truth_count):
        return Offsets(np.empty(0), np.empty(0))
    areas = cut_particles(micrograph, found).areas[pairs.found - 1]
    true_areas = overlap.truth_areas[pairs.truth]
    whole = ~(at_frame(found.labels)[pairs.found] | at_frame(truth)[pairs.truth])
    diameters, true_diameters = (np.sqrt(4 * side[whole] / np.pi) for side in (areas, true_areas))
    named = np.array([(shapes or {}).get(int(number), "") for number in pairs.truth[whole]], object)
    return Offsets(true_diameters, (diameters - true_diameters) * found.magnification, named)


def offset_over(
    images: Sequence[Offsets], low: float = LEAST_DIAMETER_PX, high: float = np.inf, shape: str = ""
) -> Offset:
    """The offset of the particles with true diameters from `low` to below `high` px, of all shapes or one."""
    groups = [each.between(low, high, shape) for each in images]
    groups = [group for group in groups if len(group) >= LEAST_PARTICLES]
    medians = np.array([np.median(group) for group in groups])
    if not groups:
        nothing = dict.fromkeys(("offset_px", "low_px", "high_px", "sd_images_px", "sd_particles_px"), np.nan)
        return Offset(shape=shape, from_px=low, to_px=high, images=0, particles=0, **nothing)

    def middle(chosen: NDArray[np.int64]) -> FloatArray:
        return np.array([np.median(medians[chosen])])

    (estimate,) = estimate_pooled(middle, len(groups))
    residuals = np.concatenate([group - np.median(group) for group in groups])
    return Offset(
        shape=shape,
        from_px=low,
        to_px=high,
        images=len(groups),
        particles=len(residuals),
        offset_px=estimate.value,
        low_px=estimate.low,
        high_px=estimate.high,
        sd_images_px=float(median_abs_deviation(medians, scale="normal")) if len(groups) > 1 else np.nan,
        sd_particles_px=float(np.sqrt(np.mean(residuals**2))) if len(residuals) > 1 else np.nan,
    )


def shapes_among(images: Sequence[Offsets]) -> list[str]:
    """The shapes that labels name, by name."""
    named = {str(shape) for each in images if each.shapes is not None for shape in each.shapes}
    return sorted(named - {""})


def boundary_table(images: Sequence[Offsets]) -> pd.DataFrame:
    """A row for each of `CLASSES_PX`, then for each shape, with the columns of `Offset`; no upper limit is NaN."""
    rows = [asdict(offset_over(images, *limits)) for limits in CLASSES_PX]
    rows += [asdict(offset_over(images, shape=shape)) for shape in shapes_among(images)]
    return pd.DataFrame(rows).replace({"to_px": {np.inf: np.nan}})


def record_of(images: Sequence[Offsets], data: str) -> Boundary:
    """The offset as a model's card keeps it, of all particles and of each shape that two images or more have.

    Parameters
    ----------
    data : what it was measured on
    """
    shapes = [shape for shape in shapes_among(images) if shape not in NOT_ONE]
    by_shape = {shape: offset_over(images, shape=shape) for shape in shapes}
    return Boundary(
        **_figures(offset_over(images)),
        data=data,
        classes={
            shape: KeptOffset(**_figures(offset))
            for shape, offset in by_shape.items()
            if offset.images >= LEAST_IMAGES
        },
    )


def _figures(offset: Offset) -> dict[str, Any]:
    return {
        "offset_px": round(offset.offset_px, 3),
        "sd_px": None if np.isnan(offset.sd_images_px) else round(offset.sd_images_px, 3),
        "particles": offset.particles,
        "images": offset.images,
    }
