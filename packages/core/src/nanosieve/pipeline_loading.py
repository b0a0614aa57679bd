"""A pipeline that a user names, to its tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from nanosieve.errors import ModelError, UsageError
from nanosieve.finding import find_model
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.host import Host
from nanosieve.loading import Loaded, load_classifier, load_segmenter
from nanosieve.models import CARD, PIPELINE_CARD
from nanosieve.pipeline_bundles import Part, PartName, PipelineCard, Tool, read_pipeline

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
    segmenter = _load(load_segmenter, reference, place.folder, "segmenter", card.segmenter, host, device)
    classifier = None
    if card.classifier is not None:
        classifier = _load(
            load_classifier, reference, place.folder, "classifier", card.classifier, host, device
        )
    missing = [name for name in card.measures if name not in host.measures]
    if missing:
        raise ModelError(
            f"pipeline {reference!r} needs the measure {missing[0]!r}, which no plugin offers here"
        )
    return LoadedPipeline(
        segmenter=segmenter,
        classifier=classifier,
        card=card,
        model=reference,
        model_version=place.version,
        model_digest=bundle.digest,
        note=place.note,
    )


def _load(
    load: Callable[..., Loaded[T]],
    reference: str,
    folder: Path,
    name: PartName,
    part: Part,
    host: Host,
    device: str,
) -> Loaded[T]:
    """A part, which chooses among nothing but the tools that came with it."""
    tools = {
        option: _called(
            load(_named(folder, f"{name}/{option}", tool), host, tool.settings, device),
            f"{reference}#{name}/{option}",
        )
        for option, tool in part.choices.items()
    }
    settings = {**part.settings, **{option: f"{reference}#{name}/{option}" for option in part.choices}}
    loaded = load(_named(folder, name, part), host, settings, device, tools)
    if not tools and (differing := _differing(loaded.models, part.models)):
        raise ModelError(
            f"the {name} of pipeline {reference!r} was made with another {differing!r} than the one that is here; "
            "install the nanosieve that it was made with, or publish the pipeline anew"
        )
    return _called(loaded, f"{reference}#{name}")


def _named(folder: Path, place: str, tool: Tool) -> str:
    """What `load_segmenter` takes: the folder of a bundle, else the name of the plugin."""
    return tool.plugin if tool.digest is None else str((folder / place).absolute())


def _called(loaded: Loaded[T], name: str) -> Loaded[T]:
    """A model by its place in the pipeline, not by the folder of a cache, which says nothing."""
    return replace(loaded, model=name) if loaded.model else loaded


def _differing(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    return next((name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)), "")
