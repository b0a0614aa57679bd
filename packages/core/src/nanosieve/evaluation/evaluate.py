"""A segmenter over labelled images: scores of each, and no image can stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import pandas as pd

from nanosieve.batch import Report, Stage
from nanosieve.errors import NanosieveError, OutputError, ReadError, one_line
from nanosieve.evaluation.boundary import Offsets, offsets_of
from nanosieve.evaluation.instances import score_instances
from nanosieve.evaluation.pixels import score_pixels
from nanosieve.evaluation.sizes import Sizes, score_sizes, sizes_of
from nanosieve.guards import GuardedSegmenter
from nanosieve.matching import overlap_of
from nanosieve.measuring import Failure
from nanosieve.specs import Segmenter
from nanosieve.values import LabelImage, Micrograph, Segmentation

# What stands before the scores in the table of images.
ABOUT = ("image", "source", "group", "particles", "particles_found")


class LabelledImage(Protocol):
    """A micrograph, its true labels, ndarray of shape (H, W), int32, 1 to n without gaps, and shapes by label."""

    @property
    def micrograph(self) -> Micrograph: ...
    @property
    def labels(self) -> LabelImage: ...
    @property
    def classes(self) -> Mapping[int, str]: ...


class Entry(Protocol):
    """A labelled image that is loaded when its turn comes.

    Attributes
    ----------
    name : unique within the data
    source : the set that it is from
    group : paper or specimen
    """

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def group(self) -> str: ...
    def load(self) -> LabelledImage: ...


@dataclass(frozen=True, kw_only=True)
class Case:
    """One image that was scored."""

    name: str
    micrograph: Micrograph
    truth: LabelImage
    found: Segmentation
    scores: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What an evaluation came to.

    Attributes
    ----------
    images : one row an image, `ABOUT` and then its scores
    sizes : diameters of each row's image
    offsets : by how much they are off, particle by particle, of each row's image
    failures : images that could not be scored
    interrupted : stopped by Ctrl-C; the tables hold what was done
    """

    images: pd.DataFrame
    sizes: tuple[Sizes, ...]
    offsets: tuple[Offsets, ...]
    failures: tuple[Failure, ...]
    interrupted: bool


def evaluate(
    entries: Iterable[Entry],
    segmenter: Segmenter,
    *,
    observe: Callable[[Case], None] = lambda case: None,
    report: Report = lambda done, image, stage: None,
) -> Evaluation:
    """Score a segmenter on labelled images, one in memory at a time.

    Parameters
    ----------
    observe : called with each image that was scored, while it is at hand
    report : called with the number of images done, the image at work and the stage

    Returns
    -------
    Evaluation
        An image that cannot be loaded, segmented or scored is a row of its failures.
    """
    guarded = (
        segmenter
        if isinstance(segmenter, GuardedSegmenter)
        else GuardedSegmenter(segmenter, f"segmenter {type(segmenter).__name__}")
    )
    scored: list[tuple[dict[str, str | float], Sizes, Offsets]] = []
    failures: list[Failure] = []
    interrupted = False
    for done, entry in enumerate(entries):
        stage = Stage(partial(report, done, entry.name))
        try:
            scored.append(_score(entry, guarded, observe, stage))
        except OutputError:  # the next image could not be written either
            raise
        except (NanosieveError, OSError, MemoryError) as error:
            failures.append(Failure(entry.name, stage.name, one_line(error)))
        except KeyboardInterrupt:
            interrupted = True
            break
    return Evaluation(
        images=pd.DataFrame([row for row, _, _ in scored], columns=None if scored else list(ABOUT)),
        sizes=tuple(sizes for _, sizes, _ in scored),
        offsets=tuple(offsets for _, _, offsets in scored),
        failures=tuple(failures),
        interrupted=interrupted,
    )


def _score(
    entry: Entry, segmenter: GuardedSegmenter, observe: Callable[[Case], None], stage: Stage
) -> tuple[dict[str, str | float], Sizes, Offsets]:
    """The row, the diameters and their offsets of one image; nothing else of it is kept."""
    stage("loading")
    labelled = entry.load()
    micrograph, truth = labelled.micrograph, labelled.labels
    if truth.shape != micrograph.shape:
        raise ReadError(
            f"{entry.name!r} has {micrograph.shape} px, its labels {truth.shape}; both must show the same picture"
        )
    stage("segmenting")
    found = segmenter.segment(micrograph)
    stage("scoring")
    overlap = overlap_of(found.labels, truth)
    sizes = sizes_of(micrograph, found.labels, truth)
    offsets = offsets_of(micrograph, found, truth, overlap, labelled.classes)
    scores = {
        **score_pixels(found.labels, truth, overlap),
        **score_instances(overlap),
        **score_sizes(sizes),
    }
    stage("drawing")
    observe(Case(name=entry.name, micrograph=micrograph, truth=truth, found=found, scores=scores))
    about = (entry.name, entry.source, entry.group, overlap.truth_count, overlap.found_count)
    return {**dict(zip(ABOUT, about, strict=True)), **scores}, sizes, offsets
