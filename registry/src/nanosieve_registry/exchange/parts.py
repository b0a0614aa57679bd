"""The tools in a model file: the one of a model, or the two of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from nanosieve import Host
from nanosieve.loading import Loaded
from nanosieve.models import CARD, PIPELINE_CARD, WEIGHTS, ModelCard
from nanosieve.pipeline_bundles import Part as PipelinePart
from nanosieve.pipeline_bundles import PartName, PipelineCard
from nanosieve.pipeline_bundles import Tool as PipelineTool
from nanosieve_registry.exchange.building import Plan, Tool, build
from nanosieve_registry.exchange.layout import PAGE
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.strict_json import parse
from nanosieve_registry.exchange.tensors import tensor_shapes

CARD_VERSION = 1
LARGEST_DIAMETER_PX = 1e5

C = TypeVar("C", bound=BaseModel)


@dataclass(frozen=True)
class Files:
    """Files by name, and their SHA-256."""

    data: Mapping[str, bytes]
    digests: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One tool.

    Attributes
    ----------
    folder : before the names of its files: ``""``, ``"segmenter/"``, ``"classifier/se/"``
    plan : how it is built
    card : of its model, None for a plugin without one
    choices : the tools among which it chooses, by the option that names them
    """

    folder: str
    plan: Plan
    card: ModelCard | None
    choices: Mapping[str, Part] = field(default_factory=dict)

    @property
    def weights(self) -> str | None:
        """Name of its weights in the file."""
        return None if self.plan.shapes is None else self.folder + WEIGHTS

    def names(self) -> Iterator[str]:
        """Names of its files, beside the golden input."""
        if self.card is not None:
            yield from (self.folder + CARD, self.folder + PAGE)
        if self.weights is not None:
            yield self.weights


def model_part(files: Files) -> Part:
    """The tool of a model.

    Raises
    ------
    RefusedError
        If a file is missing, says what it may not say, or contradicts another.
    """
    return _part(files, "", None)


def pipeline_parts(files: Files) -> tuple[PipelineCard, tuple[Part, ...]]:
    """The card of a pipeline and its tools; see `model_part`."""
    card = _read(PipelineCard, files, PIPELINE_CARD)
    wanted: dict[PartName, PipelinePart | None] = {
        "segmenter": card.segmenter,
        "classifier": card.classifier,
    }
    parts = [_choosing(files, f"{name}/", name, part) for name, part in wanted.items() if part is not None]
    return card, tuple(each for part in parts for each in (*part.choices.values(), part))


def build_part(part: Part, folder: Path, host: Host) -> Tool:
    """Build a tool, and first those among which it chooses; see `nanosieve_registry.exchange.building.build`.

    Parameters
    ----------
    folder : of the unpacked files
    """
    tools = {option: _offered(option, choice, folder, host) for option, choice in part.choices.items()}
    return build(part.plan, folder / part.weights if part.weights else None, host, tools)


def _offered(option: str, choice: Part, folder: Path, host: Host) -> Loaded[Tool]:
    return Loaded(
        tool=build_part(choice, folder, host),
        plugin=choice.plan.plugin,
        name=choice.plan.plugin,
        distribution="",
        version=choice.plan.plugin_version,
        model=option,
    )


def _choosing(files: Files, folder: str, kind: PartName, wanted: PipelinePart) -> Part:
    """A part of a pipeline with the tools among which it chooses."""
    part = _pipeline_part(files, folder, kind, wanted)
    choices = {
        option: _pipeline_part(files, f"{folder}{option}/", kind, tool)
        for option, tool in wanted.choices.items()
    }
    return replace(part, plan=replace(part.plan, choices=frozenset(choices)), choices=choices)


def _pipeline_part(files: Files, folder: str, kind: PartName, wanted: PipelineTool) -> Part:
    if wanted.digest is None:
        plan = Plan(
            kind=kind, plugin=wanted.plugin, plugin_version=wanted.plugin_version, config=wanted.settings
        )
        return Part(folder=folder, plan=plan, card=None)
    part = _part(files, folder, wanted)
    if part.plan.kind != kind or part.plan.plugin != wanted.plugin:
        raise RefusedError(
            f"{PIPELINE_CARD!r} says that its {folder.rstrip('/')} is of {wanted.plugin!r}, "
            f"the card of the model that it is a {part.plan.kind} of {part.plan.plugin!r}"
        )
    if files.digests[folder + CARD] != wanted.digest:
        raise RefusedError(f"{folder + CARD!r} is not the card that {PIPELINE_CARD!r} names")
    return part


def _part(files: Files, folder: str, wanted: PipelineTool | None) -> Part:
    card = _read(ModelCard, files, folder + CARD)
    diameters = card.diameter_px
    if diameters is not None and not 0 < diameters[0] <= diameters[1] <= LARGEST_DIAMETER_PX:
        raise RefusedError(f"{folder + CARD!r}: diameter_px = {diameters} is no range of diameters")
    weights = folder + WEIGHTS
    found = files.digests.get(weights)
    if found != card.weights_sha256:
        raise RefusedError(f"{weights!r} is not there, or not what {folder + CARD!r} names")
    plan = Plan(
        kind=card.kind,
        plugin=card.plugin,
        plugin_version=card.plugin_version,
        config={**card.config, **(wanted.settings if wanted else {})},
        classes=card.classes,
        calibration=card.calibration,
        shapes=tensor_shapes(files.data[weights], weights) if found is not None else None,
    )
    return Part(folder=folder, plan=plan, card=card)


def _read(card: type[C], files: Files, name: str) -> C:
    """A card of a stranger."""
    if name not in files.data:
        raise RefusedError(f"it has no {name!r}")
    version = parse(files.data[name], repr(name)).get("schema_version")
    if type(version) is int and version > CARD_VERSION:
        raise RefusedError(
            f"{name!r} is of form {version}, this nanosieve reads up to {CARD_VERSION}; update it"
        )
    try:
        return card.model_validate_json(files.data[name])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise RefusedError(f"{name!r}: {where}: {first['msg']}") from error
