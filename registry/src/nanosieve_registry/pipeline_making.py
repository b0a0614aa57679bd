"""A pipeline from a user's words: every name is resolved and every option fixed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from nanosieve import Host
from nanosieve.cli.request import make_request
from nanosieve.errors import UsageError
from nanosieve.finding import find_model
from nanosieve.loading import Loaded
from nanosieve.pipeline_bundles import Part, PipelineCard, Tool, write_pipeline


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
    tools: dict[str, tuple[str, Loaded[Any]]] = {"segmenter": (segmenter, request.segmenter)}
    if request.classifier is not None and classifier is not None:
        tools["classifier"] = (classifier, request.classifier)
    models: dict[str, Path] = {}
    for part, (reference, loaded) in tools.items():
        if loaded.model:
            models[part] = find_model(reference, host).folder
        models |= {
            f"{part}/{option}": find_model(each.model, host).folder
            for option, each in loaded.choices.items()
            if each.model
        }
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
    nested = [option for option, each in loaded.choices.items() if each.choices or each.models]
    if nested:
        raise UsageError(
            f"{loaded.name!r} cannot go into a pipeline with {nested[0]} = {loaded.settings.get(nested[0])!r}, which "
            "chooses among models itself; name one of them"
        )
    return Part(
        **_tool(loaded, without=loaded.choices),
        # what it may choose comes along, and need not be here
        models={} if loaded.choices else dict(loaded.models),
        choices={option: Tool(**_tool(each)) for option, each in loaded.choices.items()},
    )


def _tool(loaded: Loaded[Any], without: Collection[str] = ()) -> dict[str, Any]:
    return {
        "plugin": loaded.name,
        "plugin_version": loaded.version,
        "settings": {option: value for option, value in loaded.settings.items() if option not in without},
        "model": loaded.model_version or loaded.model,
        "digest": loaded.model_digest or None,
    }
