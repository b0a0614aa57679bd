"""All that is learnt from, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nanosieve.errors import DataError
from nanosieve.fitting import FitJob, FitProgress
from nanosieve.labelled import Entry, load_all
from nanosieve.learn.config import TrainingConfig
from nanosieve.learn.learnt import Learnt, diameters_in, learnt_from
from nanosieve.learn.samples import Sample, in_scale, make_sample
from nanosieve.learn.simulated import simulated_samples

SIMULATED_SIDE_PX = 640


@dataclass(frozen=True, kw_only=True)
class LearningSet:
    """Samples, and where they are from."""

    train: Sequence[Sample]
    validation: Sequence[Sample]
    simulated: Sequence[Sample]
    learnt: Learnt


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
    if config.widths is not None:
        loaded[len(train) :] = [in_scale(image, config.widths) for image in loaded[len(train) :]]
    samples = [make_sample(image, job.weigh) for image in loaded]
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
    images = loaded[: len(train)]
    learnt = learnt_from(train, images, checked, np.concatenate([diameters_in(image) for image in images]))
    if config.widths is not None:
        # what patches showed, whatever the images have
        learnt = replace(learnt, diameters_px=config.widths)
    return LearningSet(
        train=samples[: len(train)],
        validation=samples[len(train) :],
        simulated=simulated,
        learnt=learnt,
    )


def _evenly(entries: Sequence[Entry], count: int | None) -> Sequence[Entry]:
    if count is None or count >= len(entries):
        return entries
    return [entries[index * len(entries) // count] for index in range(count)]
