"""A user's words to a request: every name is resolved and every option checked before an image is opened."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from nanosieve.batch import Request
from nanosieve.errors import UsageError
from nanosieve.exporters import CORE_EXPORTERS
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.host import Host
from nanosieve.loading import Loaded, load_classifier, load_segmenter
from nanosieve.measuring import Unit
from nanosieve.options import configure
from nanosieve.pipeline_loading import LoadedPipeline, load_pipeline
from nanosieve.quality import Rules
from nanosieve.scale import parse_pixel_size

DEFAULT_SEGMENTER, DEFAULT_CLASSIFIER = "auto", "auto"
PARTS = ("segmenter", "classifier", "rules")


def make_request(
    host: Host,
    *,
    segmenter: str = DEFAULT_SEGMENTER,
    classifier: str | None = DEFAULT_CLASSIFIER,
    measures: Sequence[str] = (),
    exporters: Sequence[str] = (),
    settings: Sequence[str] = (),
    confidence: float | None = None,
    pixel_size: str | None = None,
    unit: Unit = "nm",
    polarity: Literal["auto", "bright", "dark"] = "auto",
    device: str = "auto",
    pipeline: str | None = None,
) -> Request:
    """Resolve all that the user named.

    Parameters
    ----------
    pipeline : reference of a whole pipeline, which says everything but unit, pixel size, polarity and exporters
    measures : names; none for all
    settings : ``"segmenter.method=li"``
    confidence : over ``rules.confidence``, where given

    Raises
    ------
    UsageError
        Naming the word that cannot be used, and what could be.
    """
    if pipeline is not None:
        if (segmenter, classifier) != (DEFAULT_SEGMENTER, DEFAULT_CLASSIFIER) or measures or settings:
            raise UsageError(
                f"pipeline {pipeline!r} names its segmenter, classifier, measures and settings; leave --segmenter, "
                "--classifier, --measure and --set out, or leave --pipeline out"
            )
        if confidence is not None:
            raise UsageError(f"pipeline {pipeline!r} has rules of its own; leave --confidence out")
        return _of_pipeline(
            load_pipeline(pipeline, host, device), host, exporters, unit, pixel_size, polarity
        )
    options = parse_settings(settings)
    if confidence is not None:
        options["rules"]["confidence"] = confidence
    if classifier is None and options["classifier"]:
        raise UsageError("--set classifier.… needs a classifier, but --classifier is 'none'")
    segmenting = load_segmenter(segmenter, host, options["segmenter"], device)
    classifying = load_classifier(classifier, host, options["classifier"], device) if classifier else None
    return _request(
        host,
        segmenting,
        classifying,
        measures or list(host.measures),
        exporters,
        rules=configure(Rules, {**_excluded_by(classifying), **options["rules"]}, "rules"),
        unit=unit,
        pixel_size=pixel_size,
        polarity=polarity,
    )


def _of_pipeline(
    loaded: LoadedPipeline,
    host: Host,
    exporters: Sequence[str],
    unit: Unit,
    pixel_size: str | None,
    polarity: Literal["auto", "bright", "dark"],
) -> Request:
    request = _request(
        host,
        loaded.segmenter,
        loaded.classifier,
        loaded.card.measures,
        exporters,
        rules=configure(Rules, loaded.card.rules, f"rules of pipeline {loaded.model!r}"),
        unit=unit,
        pixel_size=pixel_size,
        polarity=polarity,
    )
    return replace(
        request, pipeline=loaded.provenance(), notes=(*request.notes, *filter(None, [loaded.note]))
    )


def _request(
    host: Host,
    segmenter: Loaded[GuardedSegmenter],
    classifier: Loaded[GuardedClassifier] | None,
    measures: Sequence[str],
    exporters: Sequence[str],
    *,
    rules: Rules,
    unit: Unit,
    pixel_size: str | None,
    polarity: Literal["auto", "bright", "dark"],
) -> Request:
    tools = [loaded for loaded in (segmenter, classifier) if loaded]
    chosen = host.measures.pick(measures)
    plugins = {host.measures.provider(measure.name).plugin for measure in chosen.values()}
    plugins |= {host.readers.provider(name).plugin for name in host.readers}
    plugins |= {loaded.plugin for loaded in tools}
    return Request(
        segmenter=segmenter,
        classifier=classifier,
        measures=chosen,
        exporters=host.exporters.pick([*CORE_EXPORTERS, *exporters]),
        plugins=frozenset(plugins),
        rules=rules,
        unit=unit,
        pixel_size=None if pixel_size is None else parse_pixel_size(pixel_size),
        polarity=polarity,
        notes=(*(loaded.note for loaded in tools if loaded.note), *_unknown_exclusions(rules, classifier)),
    )


def _excluded_by(classifier: Loaded[GuardedClassifier] | None) -> dict[str, Any]:
    """The rule that the card of a model sets: which of its classes are counted but not sized."""
    if classifier is None or classifier.card is None or not classifier.card.excluded_classes:
        return {}
    return {"excluded_classes": classifier.card.excluded_classes}


def _unknown_exclusions(rules: Rules, classifier: Loaded[GuardedClassifier] | None) -> Iterator[str]:
    """What the user wants to exclude, but the classifier never answers."""
    if classifier is None:
        return
    classes = tuple(classifier.tool.classes)
    for name in rules.excluded_classes:
        # the usual ones do no harm where a classifier has none of them
        if name not in (*classes, *Rules().excluded_classes):
            yield (
                f"excluded_classes names {name!r}, which classifier {classifier.name!r} never answers; "
                f"its classes are {', '.join(classes)}"
            )


def parse_settings(settings: Sequence[str]) -> dict[str, dict[str, Any]]:
    """``["segmenter.method=li"]`` to options by part.

    A value is read as TOML where it is TOML (``5``, ``true``, ``["covered"]``), else as it stands.
    """
    options: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    for setting in settings:
        key, separator, value = setting.partition("=")
        part, dot, option = key.strip().partition(".")
        if not (separator and dot and option) or part not in PARTS:
            raise UsageError(
                f"--set {setting!r} must be PART.OPTION=VALUE, where PART is {', '.join(PARTS[:-1])} or {PARTS[-1]}; "
                "for example --set segmenter.method=li"
            )
        options[part][option] = parse_value(value.strip())
    return options


def parse_about(words: Sequence[str]) -> dict[str, str]:
    """``["sample=Gold, batch 7"]`` to ``{"sample": "Gold, batch 7"}``."""
    about = {}
    for each in words:
        key, separator, value = (part.strip() for part in each.partition("="))
        if not (separator and key and value):
            raise UsageError(
                f'--about {each!r} must be KEY=VALUE, for example --about "sample=Gold, batch 7"'
            )
        about[key] = value
    return about


def parse_value(text: str) -> Any:
    """A value of ``--set``: TOML where it is TOML, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
