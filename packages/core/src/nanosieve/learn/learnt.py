"""What a network learnt from, for its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosieve.labelled import Entry, LabelledImage
from nanosieve.models import TrainingImage, sha256

# 98 % of the training particles lie between these percentiles.
RANGE_PERCENTILES = (1, 99)


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """Training data as the card names them.

    Attributes
    ----------
    images : that were learnt from
    sources : how many images of each source
    groups : how many papers or specimens
    diameters_px : 1st and 99th percentile of the equivalent diameters of the training particles
    pixel_sizes_nm : least and largest, None where no image has one
    validation_images : by which the weights were chosen
    digest : of names and bytes of all images
    """

    images: tuple[TrainingImage, ...]
    sources: dict[str, int]
    groups: int
    diameters_px: tuple[float, float]
    pixel_sizes_nm: tuple[float, float] | None
    validation_images: int
    digest: str


def learnt_from(
    train: Sequence[Entry],
    loaded: Sequence[LabelledImage],
    validation: Sequence[Entry],
    diameters_px: NDArray[np.float64],
) -> Learnt:
    """The record of training data.

    Parameters
    ----------
    train, loaded : the images that are learnt from, as entries and as they were loaded, in the same order
    diameters_px : equivalent diameters of all particles that are learnt from
    """
    sizes = [side for image in loaded for side in image.micrograph.pixel_size_nm or ()]
    low, high = np.percentile(diameters_px, RANGE_PERCENTILES)
    sources = [entry.source for entry in train]
    seen = [f"{entry.name} {entry.split} {entry.sha256}" for entry in (*train, *validation)]
    return Learnt(
        images=tuple(TrainingImage(name=entry.name, sha256=entry.sha256) for entry in train),
        sources={source: sources.count(source) for source in dict.fromkeys(sources)},
        groups=len({(entry.source, entry.group) for entry in train}),
        diameters_px=(round(float(low), 1), round(float(high), 1)),
        pixel_sizes_nm=(min(sizes), max(sizes)) if sizes else None,
        validation_images=len(validation),
        digest=sha256("\n".join(seen).encode()),
    )


def diameters_in(image: LabelledImage) -> NDArray[np.float64]:
    """Equivalent diameters of the labelled particles, px."""
    areas = np.bincount(image.labels.ravel())[1:]
    return np.asarray(np.sqrt(4 / np.pi * areas))
