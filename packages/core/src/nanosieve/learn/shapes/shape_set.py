"""All cut-outs that are learnt from, in memory."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import DataError
from nanosieve.fitting import FitJob, FitProgress
from nanosieve.labelled import load_all
from nanosieve.learn.learnt import Learnt, learnt_from
from nanosieve.learn.shapes.config import ShapeNetworkConfig, ShapeTrainingConfig
from nanosieve.learn.shapes.samples import Shapes, labelled_shapes, simulated_shapes
from nanosieve.quality import UNKNOWN
from nanosieve.simulate.settings import ODD_CLASSES

# Every eleventh simulated picture is for validation: kinds take turns, and so some of each are among them.
VALIDATION_EVERY = 11


@dataclass(frozen=True, kw_only=True)
class ShapeSet:
    """Cut-outs, and where they are from.

    Attributes
    ----------
    classes : names, in the order of the network's answers; ``"unknown"`` last, where others are learnt
    train, simulated, validation : cut-outs; those for validation are of both kinds
    labelled : how many of those for validation are labelled; the others are simulated
    """

    classes: tuple[str, ...]
    train: Shapes
    simulated: Shapes
    validation: Shapes
    labelled: int
    learnt: Learnt

    def validation_weights(self, share: float) -> NDArray[np.float64]:
        """Weights of those for validation, see `shared_weights`."""
        return shared_weights(self.labelled, len(self.validation.classes) - self.labelled, share)

    def numbers(self, shapes: Shapes) -> NDArray[np.int64]:
        """Classes of cut-outs as numbers, 0 to k - 1."""
        return np.array([self.classes.index(name) for name in shapes.classes], np.int64)


def shared_weights(labelled: int, simulated: int, share: float) -> NDArray[np.float64]:
    """Weights with which all labelled particles, which come first, count so large a share in sum; their mean is 1."""
    counts = np.array([labelled, simulated])
    if not counts.all():
        return np.ones(counts.sum())
    return np.repeat(counts.sum() * np.array([share, 1 - share]) / counts, counts)


def load_shape_set(job: FitJob, training: ShapeTrainingConfig, config: ShapeNetworkConfig) -> ShapeSet:
    """Load the images of a job, and simulate those that it asks for.

    Raises
    ------
    DataError
        If there is nothing to learn from or to validate on, images cannot be used, or there are not two classes.
    """
    train, validation = job.data.of("train"), job.data.of("validation")
    total = len(train) + len(validation)

    def report(done: int, name: str) -> None:
        job.report(FitProgress(stage="loading images", done=done, total=total))

    loaded = load_all((*train, *validation), report)
    there = {name for image in loaded for name in image.classes.values()}
    _check_names("left_out", training.left_out, there)
    _check_names("others", training.others, there | (set(ODD_CLASSES) if training.simulated > 0 else set()))
    shapes = [
        labelled_shapes(image, config, training.left_out).called(UNKNOWN, training.others) for image in loaded
    ]
    simulated: list[Shapes] = []
    if training.simulated > 0:
        assert job.segmenter is not None  # made with the job
        found = simulated_shapes(
            training.simulated_kinds,
            training.simulated_images,
            training.seed,
            job.segmenter,
            config,
            lambda done: job.report(
                FitProgress(stage="simulating", done=done, total=training.simulated_images)
            ),
            training.others,
            training.simulated_crowded,
        )
        simulated = [part.called(UNKNOWN, training.others) for part in found]
    checked = simulated[::VALIDATION_EVERY]
    drawn = [part for index, part in enumerate(simulated) if index % VALIDATION_EVERY]
    learnt = Shapes.joined(shapes[: len(train)], config)
    made = Shapes.joined(drawn, config)
    # a rare class may be drawn for validation only, which is nothing that a user could change
    known = {*learnt.classes, *made.classes}
    labelled = shapes[len(train) :]
    judged = Shapes.joined([*labelled, *(part.only(known) for part in checked)], config)
    classes = _classes(learnt, made, judged)
    return ShapeSet(
        classes=classes,
        train=learnt,
        simulated=made,
        validation=judged,
        labelled=sum(len(part.classes) for part in labelled),
        learnt=learnt_from(
            train,
            loaded[: len(train)],
            validation,
            np.concatenate([learnt.diameters_px, made.diameters_px]),
        ),
    )


def _check_names(option: str, names: Sequence[str], there: set[str]) -> None:
    for name in names:
        if name not in there:
            close = difflib.get_close_matches(name, there, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise DataError(
                f"{option} names {name!r}, a class that no particle has{hint} "
                f"There are {', '.join(sorted(there)) or 'none'}."
            )


def _classes(train: Shapes, simulated: Shapes, validation: Shapes) -> tuple[str, ...]:
    """All classes that are learnt, sorted, unknown last."""
    classes = sorted({*train.classes, *simulated.classes}, key=lambda name: (name == UNKNOWN, name))
    if len(classes) < 2:
        only = f"only {classes[0]!r}" if classes else "none"
        raise DataError(
            f"a classifier needs particles of two classes or more to learn from, there are {only}; give a source "
            'classes = "classes.csv", or format = "folders" with a folder for each class'
        )
    if not validation.classes:
        raise DataError(
            "no particle with a class is in the split 'validation'; leave split out to divide the source"
        )
    strange = sorted(set(validation.classes) - set(classes))
    if strange:
        raise DataError(
            f"class {strange[0]!r} is only in the split 'validation', nothing can be learnt of it; "
            "divide the source by another seed, or leave these particles out"
        )
    return tuple(classes)
