"""A user's words to a request: every name is resolved and every option checked before an image is opened."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any, Literal

from nanosieve.batch import CORE_EXPORTERS, Request
from nanosieve.errors import UsageError
from nanosieve.guards import GuardedClassifier
from nanosieve.host import Catalogue, Host
from nanosieve.loading import Loaded, load_classifier, load_segmenter
from nanosieve.measuring import Unit
from nanosieve.options import configure
from nanosieve.quality import Rules
from nanosieve.scale import parse_pixel_size

DEFAULT_SEGMENTER, DEFAULT_CLASSIFIER = "auto", "geometry"
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
) -> Request:
    """Resolve all that the user named.

    Parameters
    ----------
    measures : names; none for all
    settings : ``"segmenter.method=li"``
    confidence : over ``rules.confidence``, where given

    Raises
    ------
    UsageError
        Naming the word that cannot be used, and what could be.
    """
    options = parse_settings(settings)
    if confidence is not None:
        options["rules"]["confidence"] = confidence
    if classifier is None and options["classifier"]:
        raise UsageError("--set classifier.… needs a classifier, but --classifier is 'none'")
    segmenting = load_segmenter(segmenter, host, options["segmenter"], device)
    classifying = load_classifier(classifier, host, options["classifier"], device) if classifier else None
    chosen = _pick(host.measures, measures or list(host.measures))
    writers = _pick(host.exporters, [*CORE_EXPORTERS, *exporters])
    plugins = {host.measures.provider(measure.name).plugin for measure in chosen.values()}
    plugins |= {host.readers.provider(name).plugin for name in host.readers}
    plugins |= {loaded.plugin for loaded in (segmenting, classifying) if loaded}
    return Request(
        segmenter=segmenting,
        classifier=classifying,
        measures=chosen,
        exporters=writers,
        plugins=frozenset(plugins),
        rules=configure(Rules, {**_excluded_by(classifying), **options["rules"]}, "rules"),
        unit=unit,
        pixel_size=None if pixel_size is None else parse_pixel_size(pixel_size),
        polarity=polarity,
    )


def _excluded_by(classifier: Loaded[GuardedClassifier] | None) -> dict[str, Any]:
    """The rule that the card of a model sets: which of its classes are counted but not sized."""
    if classifier is None or classifier.card is None or not classifier.card.excluded_classes:
        return {}
    return {"excluded_classes": classifier.card.excluded_classes}


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


def parse_value(text: str) -> Any:
    """A value of ``--set``: TOML where it is TOML, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _pick(catalogue: Catalogue[Any], names: Sequence[str]) -> dict[str, Any]:
    return {
        f"{catalogue.kind} {name!r} of {catalogue.provider(name)}": catalogue[name]
        for name in dict.fromkeys(names)
    }
