"""All that is learnt from, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import DataError
from nanosieve.fitting import FitJob, FitProgress
from nanosieve.labelled import Entry, load_all
from nanosieve.learn.config import TrainingConfig
from nanosieve.learn.samples import Sample, make_sample
from nanosieve.learn.simulated import simulated_samples
from nanosieve.models import TrainingImage, sha256

SIMULATED_SIDE_PX = 640
# 98 % of the training particles lie between these percentiles.
RANGE_PERCENTILES = (1, 99)


@dataclass(frozen=True, kw_only=True)
class LearningSet:
    """Samples, and what the card says of them.

    Attributes
    ----------
    images : that were learnt from
    sources : how many images of each source
    diameters_px : 1st and 99th percentile of the equivalent diameters of the training particles
    pixel_sizes_nm : least and largest, None where no image has one
    digest : of names and bytes of all images
    """

    train: Sequence[Sample]
    validation: Sequence[Sample]
    simulated: Sequence[Sample]
    images: tuple[TrainingImage, ...]
    sources: dict[str, int]
    groups: int
    diameters_px: tuple[float, float]
    pixel_sizes_nm: tuple[float, float] | None
    digest: str


def load_learning_set(job: FitJob, config: TrainingConfig) -> LearningSet:
    """Load the images of a job, and simulate those that it asks for.

    Raises
    ------
    DataError
        If there is nothing to train on or to validate on, or images cannot be used.
    """
    train, validation = job.data.of("train"), job.data.of("validation")
    for name, entries in (("train", train), ("validation", validation)):
        if not entries:
            raise DataError(
                f"no image is in the split {name!r}; give a source split = {name!r}, or leave split out to divide it"
            )
    checked = _evenly(validation, config.validation_images)
    total = len(train) + len(checked)

    def report(done: int, name: str) -> None:
        job.report(FitProgress(stage="loading images", done=done, total=total))

    loaded = load_all((*train, *checked), report)
    samples = [make_sample(image, job.weigh) for image in loaded]
    diameters: list[NDArray[np.float64]] = []
    pixel_sizes: list[float] = []
    for image in loaded[: len(train)]:
        areas = np.bincount(image.labels.ravel())[1:]
        diameters.append(np.sqrt(4 / np.pi * areas))
        if image.micrograph.pixel_size_nm is not None:
            pixel_sizes += image.micrograph.pixel_size_nm
    simulated: list[Sample] = []
    if config.simulated > 0:
        simulated = simulated_samples(
            config.simulated_kinds,
            config.simulated_images,
            max(SIMULATED_SIDE_PX, config.patch),
            config.seed,
            job.weigh,
            lambda done: job.report(
                FitProgress(stage="simulating", done=done, total=config.simulated_images)
            ),
        )
    low, high = np.percentile(np.concatenate(diameters), RANGE_PERCENTILES)
    images = tuple(TrainingImage(name=entry.name, sha256=entry.sha256) for entry in train)
    seen = [f"{entry.name} {entry.split} {entry.sha256}" for entry in (*train, *checked)]
    return LearningSet(
        train=samples[: len(train)],
        validation=samples[len(train) :],
        simulated=simulated,
        images=images,
        sources=dict(Counter(entry.source for entry in train)),
        groups=len({(entry.source, entry.group) for entry in train}),
        diameters_px=(round(float(low), 1), round(float(high), 1)),
        pixel_sizes_nm=(min(pixel_sizes), max(pixel_sizes)) if pixel_sizes else None,
        digest=sha256("\n".join(seen).encode()),
    )


def _evenly(entries: Sequence[Entry], count: int | None) -> Sequence[Entry]:
    if count is None or count >= len(entries):
        return entries
    return [entries[index * len(entries) // count] for index in range(count)]
