"""A pipeline from a user's words: every name is resolved and every option fixed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nanosieve import Host
from nanosieve.cli.request import make_request
from nanosieve.finding import find_model
from nanosieve.loading import Loaded
from nanosieve.pipeline_bundles import Part, PartName, PipelineCard, write_pipeline


def make_pipeline(
    folder: Path,
    name: str,
    host: Host,
    *,
    segmenter: str,
    classifier: str | None,
    measures: Sequence[str] = (),
    settings: Sequence[str] = (),
    confidence: float | None = None,
    summary: str = "",
    licence: str = "",
) -> Path:
    """Write a pipeline into a folder; its models are copied.

    Parameters
    ----------
    segmenter, classifier, measures, settings, confidence : as in `nanosieve.cli.request.make_request`

    Raises
    ------
    UsageError
        Naming the word that cannot be used, and what could be.
    ModelError
        If a model is incomplete or changed.
    """
    request = make_request(
        host,
        segmenter=segmenter,
        classifier=classifier,
        measures=measures,
        settings=settings,
        confidence=confidence,
    )
    models: dict[PartName, Path] = {}
    if request.segmenter.model:
        models["segmenter"] = find_model(segmenter, host).folder
    if request.classifier is not None and classifier is not None and request.classifier.model:
        models["classifier"] = find_model(classifier, host).folder
    card = PipelineCard(
        name=name,
        summary=summary,
        licence=licence,
        segmenter=_part(request.segmenter),
        classifier=None if request.classifier is None else _part(request.classifier),
        measures=tuple(measure.name for measure in request.measures.values()),
        rules=request.rules.model_dump(mode="json"),
    )
    return write_pipeline(folder, card, models)


def _part(loaded: Loaded[Any]) -> Part:
    return Part(
        plugin=loaded.name,
        plugin_version=loaded.version,
        settings=dict(loaded.settings),
        model=loaded.model_version or loaded.model,
        digest=loaded.model_digest or None,
        models=dict(loaded.models),
    )
