"""A pipeline that a user names, to its tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from nanosieve.errors import ModelError, UsageError
from nanosieve.finding import find_model
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.host import Host
from nanosieve.loading import Loaded, load_classifier, load_segmenter
from nanosieve.models import CARD, PIPELINE_CARD
from nanosieve.pipeline_bundles import Part, PipelineCard, read_pipeline

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class LoadedPipeline:
    """The tools of a pipeline, and all that it takes to have the same again.

    Attributes
    ----------
    model, model_version, model_digest, note : as in `Loaded`, of the pipeline as a whole
    """

    segmenter: Loaded[GuardedSegmenter]
    classifier: Loaded[GuardedClassifier] | None
    card: PipelineCard
    model: str
    model_version: str
    model_digest: str
    note: str = ""

    def provenance(self) -> dict[str, Any]:
        """The record for the summary."""
        return {
            "model": self.model,
            "model_version": self.model_version,
            "model_digest": self.model_digest,
        }


def load_pipeline(reference: str, host: Host, device: str = "auto") -> LoadedPipeline:
    """The pipeline that a user means.

    Parameters
    ----------
    reference : path of a folder with ``pipeline.json``, URI of a model store, or ``name@alias``

    Raises
    ------
    UsageError
        If nothing, or more than one thing, is called so, or it is a model.
    ModelError
        If it is incomplete, changed, or needs what is not there: a plugin, a measure, a model of a plugin.
    """
    place = find_model(reference, host)
    if not (place.folder / PIPELINE_CARD).exists() and (place.folder / CARD).exists():
        raise UsageError(
            f"{reference!r} is a model, not a pipeline; give it with --segmenter or --classifier"
        )
    bundle = read_pipeline(place.folder)
    card = bundle.card
    segmenter = load_segmenter(
        _named(place.folder, "segmenter", card.segmenter), host, card.segmenter.settings, device
    )
    classifier = None
    if card.classifier is not None:
        classifier = load_classifier(
            _named(place.folder, "classifier", card.classifier), host, card.classifier.settings, device
        )
    missing = [name for name in card.measures if name not in host.measures]
    if missing:
        raise ModelError(
            f"pipeline {reference!r} needs the measure {missing[0]!r}, which no plugin offers here"
        )
    return LoadedPipeline(
        segmenter=_checked(segmenter, card.segmenter, reference, "segmenter"),
        classifier=None
        if classifier is None or card.classifier is None
        else _checked(classifier, card.classifier, reference, "classifier"),
        card=card,
        model=reference,
        model_version=place.version,
        model_digest=bundle.digest,
        note=place.note,
    )


def _named(folder: Path, name: str, part: Part) -> str:
    """What `load_segmenter` takes: the folder of its bundle, else the name of its plugin."""
    return part.plugin if part.digest is None else str((folder / name).absolute())


def _checked(loaded: Loaded[T], part: Part, reference: str, name: str) -> Loaded[T]:
    """Refuse a plugin that would choose among other models than those that the pipeline was made with."""
    if differing := _differing(loaded.models, part.models):
        raise ModelError(
            f"the {name} of pipeline {reference!r} was made with another {differing!r} than the one that is here; "
            "install the nanosieve that it was made with, or publish the pipeline anew"
        )
    # not the folder of a cache, which says nothing
    return replace(loaded, model=f"{reference}#{name}" if part.digest is not None else loaded.model)


def _differing(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    return next((name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)), "")
