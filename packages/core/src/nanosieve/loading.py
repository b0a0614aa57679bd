"""Names, paths and URIs to objects: the one place where a user's words become tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from nanosieve.errors import ModelError, UsageError
from nanosieve.finding import SCHEME, Place, find_model, is_registered
from nanosieve.guards import GuardedClassifier, GuardedSegmenter, blame
from nanosieve.host import DISABLE, Catalogue, Host
from nanosieve.models import CARD, PIPELINE_CARD, Bundle, ModelCard, read_bundle
from nanosieve.options import configure
from nanosieve.rescaling import RescalingSegmenter
from nanosieve.specs import NAME, ClassifierSpec, Context, SegmenterSpec, resolve

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Loaded(Generic[T]):
    """A tool, and all that it takes to have the same again.

    Attributes
    ----------
    tool : the object
    name, distribution, version : the plugin and who offers it
    settings : every option with its value, defaults included
    model : what the user called the model, "" for a plugin without one
    model_version : the exact version that this was, "" where no store keeps versions of it
    model_digest : SHA-256 of the model's card, "" for a plugin without one
    models : digests by name, of the models among which the tool itself chooses
    card : what the model says of itself, None for a plugin without one
    cards : the same by name, of the models among which the tool itself chooses
    choices : the tools themselves among which it chooses, by the option that names them
    note : what a reader of results must know of how the model was found, "" where there is nothing
    """

    tool: T
    plugin: str
    name: str
    distribution: str
    version: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    model_version: str = ""
    model_digest: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    card: ModelCard | None = None
    cards: Mapping[str, ModelCard] = field(default_factory=dict)
    choices: Mapping[str, Loaded[Any]] = field(default_factory=dict)
    note: str = ""

    def provenance(self) -> dict[str, Any]:
        """The record for the summary."""
        return {
            "name": self.name,
            "distribution": self.distribution,
            "version": self.version,
            "settings": dict(self.settings),
            "model": self.model,
            "model_version": self.model_version,
            "model_digest": self.model_digest,
            "models": dict(self.models),
        }


def load_segmenter(
    reference: str,
    host: Host,
    options: Mapping[str, Any] | None = None,
    device: str = "auto",
    tools: Mapping[str, Loaded[Any]] | None = None,
) -> Loaded[GuardedSegmenter]:
    """The segmenter that a user means.

    Parameters
    ----------
    reference : name of a plugin, path of a bundle folder, URI of a model store, or address that a plugin takes
    options : set by the user; over those of the bundle, over the defaults
    tools : among which it chooses, by option, where they come from a pipeline

    Raises
    ------
    UsageError
        If nothing, or more than one thing, is called so, or an option is unknown or out of range.
    ModelError
        If the bundle is incomplete, changed, or needs a plugin that is not there.
    """
    spec, context, loaded = _find(reference, host, host.segmenters, options, device, tools)
    who = _who(spec, host.segmenters)
    with blame(who):
        segmenter = resolve(spec.build)(context)
    chosen = _chosen(segmenter)
    if context.diameter_px is not None:
        segmenter = RescalingSegmenter(segmenter, context.diameter_px)
    return Loaded(tool=GuardedSegmenter(segmenter, who), **chosen, **loaded)


def load_classifier(
    reference: str,
    host: Host,
    options: Mapping[str, Any] | None = None,
    device: str = "auto",
    tools: Mapping[str, Loaded[Any]] | None = None,
) -> Loaded[GuardedClassifier]:
    """The classifier that a user means; see `load_segmenter`."""
    spec, context, loaded = _find(reference, host, host.classifiers, options, device, tools)
    who = _who(spec, host.classifiers)
    with blame(who):
        classifier = resolve(spec.build)(context)
    return Loaded(tool=GuardedClassifier(classifier, who), **_chosen(classifier), **loaded)


def _chosen(tool: object) -> dict[str, Any]:
    """What a tool says of those among which it chooses; none for most."""
    return {name: getattr(tool, name, {}) for name in ("models", "cards", "choices")}


S = TypeVar("S", SegmenterSpec, ClassifierSpec)


def _find(
    reference: str,
    host: Host,
    catalogue: Catalogue[S],
    options: Mapping[str, Any] | None,
    device: str,
    tools: Mapping[str, Loaded[Any]] | None,
) -> tuple[S, Context, dict[str, Any]]:
    addressed = _addressed(reference, host, catalogue)
    place = None if addressed else place_of(reference, host, catalogue)
    bundle = None if place is None else _read(reference, place, catalogue.kind)
    if addressed is not None:
        spec = addressed
        options = {"url": reference, **(options or {})}
    elif bundle is None:
        spec = catalogue[reference]
    else:
        try:
            spec = catalogue[bundle.card.plugin]
        except UsageError as error:
            raise ModelError(f"model {reference!r} needs a plugin that is not here: {error}") from error
    chosen = {**(bundle.card.config if bundle else {}), **(options or {})}
    config = configure(spec.config, chosen, f"{catalogue.kind} {spec.name!r}")
    provider = catalogue.provider(spec.name)
    context = Context(
        config=config,
        weights=bundle.weights if bundle else None,
        device=device,
        diameter_px=bundle.card.diameter_px if bundle else None,
        classes=bundle.card.classes if bundle else (),
        calibration=bundle.card.calibration if bundle else {},
        tools=tools or {},
    )
    return (
        spec,
        context,
        {
            "plugin": provider.plugin,
            "name": spec.name,
            "distribution": provider.distribution,
            "version": provider.version,
            "settings": config.model_dump(mode="json"),
            "model": reference if bundle else "",
            "model_version": place.version if place else "",
            "note": place.note if place else "",
            "model_digest": bundle.digest if bundle else "",
            "card": bundle.card if bundle else None,
        },
    )


def _addressed(reference: str, host: Host, catalogue: Catalogue[S]) -> S | None:
    """The plugin that takes references of this scheme whole; None where they are names, folders or models."""
    match = SCHEME.match(reference)
    if match is None:
        return None
    scheme = match[1].lower()
    takers: list[S] = [spec for spec in catalogue.values() if scheme in spec.schemes]
    stores: list[str] = [name for name, spec in host.model_stores.items() if scheme in spec.schemes]
    if len(takers) > 1 or (takers and stores):
        readings = [
            *(_who(spec, catalogue) for spec in takers),
            *(f"model store {name!r} of {host.model_stores.provider(name)}" for name in stores),
        ]
        raise UsageError(
            f"{reference!r} may be meant for {' or '.join(readings)}; leave one out with {DISABLE}"
        )
    return takers[0] if takers else None


def place_of(reference: str, host: Host, catalogue: Catalogue[S]) -> Place | None:
    """Where the bundle that a reference names lies; None for the name of a plugin.

    Raises
    ------
    UsageError
        If nothing, or more than one thing, is called so.
    """
    path = Path(reference)
    if SCHEME.match(reference):
        return find_model(reference, host)
    if NAME.fullmatch(reference):
        # a folder of the same name that is no bundle takes nothing from the plugin
        if reference in catalogue and (path / CARD).exists():
            raise UsageError(
                f"{reference!r} is both a {catalogue.kind} and a model folder here; "
                f"write {'./' + reference!r} for the folder, or run from another folder for the plugin"
            )
        if reference in catalogue or not path.is_dir():
            return None
    elif not path.exists() and not is_registered(reference, host):
        raise UsageError(
            f"{reference!r} is neither the name of a {catalogue.kind} nor a folder. "
            f"There are: {', '.join(sorted(catalogue)) or 'none'}."
        )
    return find_model(reference, host)


def _read(reference: str, place: Place, kind: str) -> Bundle:
    if (place.folder / PIPELINE_CARD).exists():
        raise UsageError(f"{reference!r} is a whole pipeline, not a {kind}; give it with --pipeline")
    bundle = read_bundle(place.folder)
    if bundle.card.kind != kind:
        raise UsageError(f"{reference!r} is a model of a {bundle.card.kind}, not of a {kind}")
    return bundle


def _who(spec: S, catalogue: Catalogue[S]) -> str:
    return f"{catalogue.kind} {spec.name!r} of {catalogue.provider(spec.name)}"
