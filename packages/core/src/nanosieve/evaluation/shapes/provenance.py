"""What an evaluation of a classifier was made of, and whether the models had seen the images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nanosieve.evaluation import provenance
from nanosieve.evaluation.provenance import HashedEntry
from nanosieve.guards import GuardedSegmenter
from nanosieve.host import Host
from nanosieve.loading import Loaded
from nanosieve.pipeline import DEFAULT_RULES
from nanosieve.quality import Rules


def describe(
    classifier: Loaded[Any],
    segmenter: Loaded[GuardedSegmenter] | None,
    rules: Rules,
    data: Path,
    split: str,
    entries: Sequence[HashedEntry],
    host: Host,
) -> dict[str, Any]:
    """The record of an evaluation, plain JSON values.

    Parameters
    ----------
    segmenter : None where the labelled particles were classified as they are drawn
    data : the file that describes the labelled data
    entries : the images of the split that are to be classified

    Returns
    -------
    dict with ``classifier``, ``segmenter``, ``rules``, ``data``, ``seen_in_training`` (by kind of model the names of
    images that it was trained on; None where it does not say), ``notes`` on how models were found, and ``software``
    """
    record = provenance.describe(classifier, data, split, entries, host)
    seen, notes = {"classifier": record["seen_in_training"]}, record["notes"]
    if segmenter is not None:
        other = provenance.describe(segmenter, data, split, entries, host)
        seen["segmenter"], notes = other["seen_in_training"], [*notes, *other["notes"]]
    return {
        "classifier": classifier.provenance(),
        "segmenter": None if segmenter is None else segmenter.provenance(),
        "rules": rules.model_dump(mode="json"),
        "data": record["data"],
        "seen_in_training": seen,
        "notes": notes,
        "software": record["software"],
    }


def warnings_of(record: Mapping[str, Any]) -> list[str]:
    """What a reader of the scores must know, one sentence each."""
    count = record["data"]["count"]
    warnings = list(record["notes"])
    warnings += [
        f"the {kind} was trained on {len(seen)} of these {count} images ({seen[0]}, ...): "
        "the scores say nothing of new images"
        for kind, seen in record["seen_in_training"].items()
        if seen
    ]
    limit, usual = record["rules"]["confidence"], DEFAULT_RULES.confidence
    if limit != usual:
        warnings.append(
            f"the limit of confidence is {limit:g}, not {usual:g}: do not compare with scores at {usual:g}"
        )
    return warnings
