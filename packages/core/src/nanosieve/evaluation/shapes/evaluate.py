"""A classifier over labelled images: what it says of each particle, and no image can stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.batch import Report, Stage
from nanosieve.errors import DataError, NanosieveError, OutputError, ReadError, one_line
from nanosieve.evaluation.evaluate import Entry as LabelledEntry
from nanosieve.evaluation.evaluate import LabelledImage
from nanosieve.evaluation.shapes.answers import (
    empty_answers,
    empty_several,
    tabulate_answers,
    tabulate_several,
)
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.labels import at_frame
from nanosieve.matching import holding_several, match, overlap_of
from nanosieve.measuring import Failure
from nanosieve.particles import Particles, cut_particles
from nanosieve.pipeline import DEFAULT_RULES
from nanosieve.quality import Rules, judge
from nanosieve.specs import Classifier, Segmenter
from nanosieve.values import Classification, LabelImage, Segmentation


class ClassedImage(LabelledImage, Protocol):
    """A labelled image, and the shape class by label of the particles that have one."""

    @property
    def classes(self) -> Mapping[int, str]: ...


class Entry(LabelledEntry, Protocol):
    """A labelled image that is loaded when its turn comes."""

    def load(self) -> ClassedImage: ...


@dataclass(frozen=True, kw_only=True)
class ShapeCase:
    """One image whose particles were classified.

    Attributes
    ----------
    particles : all that were classified, with or without a true class
    table : one row a labelled particle, see `tabulate_answers`
    indices : ndarray of shape (rows,), which of the particles each row is; -1 for one that was not found
    several : one row a found particle that holds several labelled ones, see `tabulate_several`
    at_frame : labelled particles that were left out, because the frame cuts them
    """

    particles: Particles
    table: pd.DataFrame
    indices: NDArray[np.int64]
    several: pd.DataFrame
    at_frame: int


@dataclass(frozen=True, kw_only=True)
class ShapeEvaluation:
    """What an evaluation came to.

    Attributes
    ----------
    classes : those that the model knows
    rules : what makes an answer ``"unknown"``, and which classes are excluded
    particles : one row a labelled particle, see `tabulate_answers`
    several : one row a found particle that holds several labelled ones, see `tabulate_several`
    images : how many were classified
    at_frame : labelled particles that were left out, because the frame cuts them
    failures : images that could not be classified
    interrupted : stopped by Ctrl-C; the table holds what was done
    """

    classes: tuple[str, ...]
    rules: Rules
    particles: pd.DataFrame
    several: pd.DataFrame
    images: int
    at_frame: int
    failures: tuple[Failure, ...]
    interrupted: bool


def evaluate_shapes(
    entries: Iterable[Entry],
    classifier: Classifier,
    *,
    segmenter: Segmenter | None = None,
    rules: Rules = DEFAULT_RULES,
    observe: Callable[[ShapeCase], None] = lambda case: None,
    report: Report = lambda done, image, stage: None,
) -> ShapeEvaluation:
    """Classify the particles of labelled images, one image in memory at a time.

    Parameters
    ----------
    segmenter : classifies what it finds, and a labelled particle is the found one that it shares an IoU above 0.5 with,
        unless that one holds several, see `nanosieve.matching.holding_several`: then the labelled particle counts as
        missed, and what was found is a row of `ShapeEvaluation.several`.
        Those that the frame cuts as labelled or as found are left out where the rules exclude them, since no pipeline
        would size them whatever their class. None classifies all labelled particles as they are drawn.
    observe : called with each image that was classified, while it is at hand
    report : called with the number of images done, the image at work and the stage

    Returns
    -------
    ShapeEvaluation
        An image that cannot be loaded, segmented or classified is a row of its failures.
    """
    if not isinstance(classifier, GuardedClassifier):
        classifier = GuardedClassifier(classifier, f"classifier {type(classifier).__name__}")
    if segmenter is not None and not isinstance(segmenter, GuardedSegmenter):
        segmenter = GuardedSegmenter(segmenter, f"segmenter {type(segmenter).__name__}")
    classes = tuple(classifier.classes)
    tables: list[pd.DataFrame] = []
    several: list[pd.DataFrame] = []
    at_frame = 0
    failures: list[Failure] = []
    interrupted = False
    for done, entry in enumerate(entries):
        stage = Stage(partial(report, done, entry.name))
        try:
            case = _classify(entry, classifier, segmenter, rules, stage)
            stage("drawing")
            observe(case)
            tables.append(case.table)
            several.append(case.several)
            at_frame += case.at_frame
        except OutputError:  # the next image could not be written either
            raise
        except (NanosieveError, OSError, MemoryError) as error:
            failures.append(Failure(entry.name, stage.name, one_line(error)))
        except KeyboardInterrupt:
            interrupted = True
            break
    return ShapeEvaluation(
        classes=classes,
        rules=rules,
        particles=pd.concat(tables, ignore_index=True) if tables else empty_answers(classes),
        several=pd.concat(several, ignore_index=True) if several else empty_several(classes),
        images=len(tables),
        at_frame=at_frame,
        failures=tuple(failures),
        interrupted=interrupted,
    )


def _classify(
    entry: Entry, classifier: Classifier, segmenter: Segmenter | None, rules: Rules, stage: Stage
) -> ShapeCase:
    """The answers of one image."""
    stage("loading")
    labelled = entry.load()
    micrograph, truth, true_classes = labelled.micrograph, labelled.labels, labelled.classes
    if truth.shape != micrograph.shape:
        raise ReadError(
            f"{entry.name!r} has {micrograph.shape} px, its labels {truth.shape}; both must show the same picture"
        )
    _check_labels(entry.name, truth, true_classes)
    scored, several = dict(true_classes), np.empty(0, np.int64)
    if segmenter is None:
        found = Segmentation(labels=truth)
        index_of = {label: label - 1 for label in scored}
    else:
        stage("segmenting")
        found = segmenter.segment(micrograph)
        overlap = overlap_of(found.labels, truth)
        matches, several = match(overlap), holding_several(overlap)
        alone = ~np.isin(matches.found, several)
        index_of = dict(zip(matches.truth[alone].tolist(), (matches.found[alone] - 1).tolist(), strict=True))
        if rules.edge:
            cut, found_cut = at_frame(truth), at_frame(found.labels)
            cut[[label for label, index in index_of.items() if found_cut[index + 1]]] = True
            scored = {label: name for label, name in scored.items() if not cut[label]}
            several = several[~found_cut[several]]
    particles = cut_particles(micrograph, found)
    stage("classifying")
    classification = Classification(
        classes=tuple(classifier.classes), probabilities=classifier.classify(particles)
    )
    answers = judge(micrograph, particles, classification, rules).classes
    indices = np.array([index_of.get(label, -1) for label in sorted(scored)], np.int64)
    table = tabulate_answers(entry.name, entry.source, entry.group, scored, indices, classification, answers)
    return ShapeCase(
        particles=particles,
        table=table,
        indices=indices,
        several=tabulate_several(entry.name, entry.source, entry.group, several, classification, answers),
        at_frame=len(true_classes) - len(scored),
    )


def _check_labels(name: str, truth: LabelImage, true_classes: Mapping[int, str]) -> None:
    count = int(truth.max(initial=0))
    wrong = sorted(label for label in true_classes if not 1 <= label <= count)
    if wrong:
        raise DataError(
            f"{name!r}: label {wrong[0]} has class {true_classes[wrong[0]]!r}, but the labels go from 1 to {count}; "
            "correct the table of classes"
        )
