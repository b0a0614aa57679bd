"""Two models on the same images: what the second gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nanosieve.batch import Report
from nanosieve.errors import UsageError
from nanosieve.evaluation import Evaluation, evaluate
from nanosieve.evaluation.pairing import Difference, compare_segmenters
from nanosieve.evaluation.shapes import ShapeEvaluation, evaluate_shapes, with_classes
from nanosieve.evaluation.shapes.pairing import compare_classifiers
from nanosieve.labelled import Entry
from nanosieve_registry.gate.tools import Tool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two models on the same images.

    Attributes
    ----------
    differences : the deciding one first
    seen : by name of the model, how many of the images it learnt from
    tables : by name of the model, its scores: one row an image, or one a particle for shapes
    """

    first: str
    second: str
    differences: tuple[Difference, ...]
    seen: dict[str, int]
    tables: dict[str, pd.DataFrame]


def compare(
    first: Tool,
    second: Tool,
    entries: Sequence[Entry],
    data: Path,
    report: Report = lambda done, image, stage: None,
) -> Comparison:
    """Score both on all images, one image in memory at a time.

    Classifiers get the labelled particles as they are drawn; pipelines with a classifier what their segmenter finds.

    Parameters
    ----------
    data : the file that describes the images, for messages
    report : called with the number of images done of both together, the image at work and the stage

    Raises
    ------
    UsageError
        If the two are of different kinds, or shapes are to be told apart of which the data say nothing.
    DataError
        If an image could not be scored.
    """
    if _what(first) != _what(second):
        raise UsageError(
            f"{first.name} is a {_what(first)}, {second.name} is a {_what(second)}: they cannot be compared"
        )
    shapes = first.classifier is not None
    chosen = with_classes(entries, data) if shapes else list(entries)

    def later(done: int, image: str, stage: str) -> None:
        report(len(chosen) + done, image, stage)

    if shapes:
        answers = (_classify(first, chosen, report), _classify(second, chosen, later))
        differences = compare_classifiers(*answers)
        tables = [each.particles for each in answers]
    else:
        scores = (_segment(first, chosen, report), _segment(second, chosen, later))
        differences = compare_segmenters(*scores)
        tables = [each.images for each in scores]
    digests = {entry.sha256 for entry in chosen}
    return Comparison(
        first=first.name,
        second=second.name,
        differences=differences,
        seen={tool.name: len(digests & tool.trained_on) for tool in (first, second)},
        tables={tool.name: table for tool, table in zip((first, second), tables, strict=True)},
    )


def _segment(tool: Tool, entries: Sequence[Entry], report: Report) -> Evaluation:
    assert tool.segmenter is not None
    evaluation = evaluate(entries, tool.segmenter.tool, report=report)
    if evaluation.interrupted:
        raise KeyboardInterrupt
    return evaluation


def _classify(tool: Tool, entries: Sequence[Entry], report: Report) -> ShapeEvaluation:
    assert tool.classifier is not None
    evaluation = evaluate_shapes(
        entries,
        tool.classifier.tool,
        segmenter=tool.segmenter.tool if tool.segmenter else None,
        rules=tool.rules,
        report=report,
    )
    if evaluation.interrupted:
        raise KeyboardInterrupt
    return evaluation


def _what(tool: Tool) -> str:
    """What is scored of it: two of the same can be compared."""
    if tool.kind != "pipeline":
        return tool.kind
    return "pipeline with classifier" if tool.classifier else "pipeline without classifier"
