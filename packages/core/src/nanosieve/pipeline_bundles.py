"""Whole pipelines as one unit: a folder with ``pipeline.json`` and the bundles of segmenter and classifier.

Where a plugin chooses among other tools, as `auto` does, their bundles lie in folders of its own, ``segmenter/se``.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from nanosieve.errors import ModelError
from nanosieve.models import PIPELINE_CARD, Bundle, Record, Score, read_bundle, sha256
from nanosieve.specs import NAME
from nanosieve.writing import make_folder, write_text

PartName = Literal["segmenter", "classifier"]


class Tool(Record):
    """A plugin with its options, and its model where it has one."""

    plugin: str = Field(description="Name of the plugin.")
    plugin_version: str = Field(
        description="Version of the plugin's distribution that the pipeline was made with."
    )
    settings: dict[str, Any] = Field(description="Every option with its value.")
    model: str = Field("", description="What the model was called when the pipeline was made.")
    digest: str | None = Field(
        None, description="SHA-256 of the card of the model in the folder of this part; null without a model."
    )


class Part(Tool):
    """Segmenter or classifier of a pipeline."""

    models: dict[str, str] = Field(
        default_factory=dict,
        description="Digests by name, of models that are not in the pipeline, among which the plugin itself chooses.",
    )
    choices: dict[Annotated[str, StringConstraints(pattern=NAME.pattern)], Tool] = Field(
        default_factory=dict,
        description="The tools among which the plugin chooses, by the option that names them; their models are in the "
        "pipeline.",
    )


class PipelineCard(BaseModel):
    """What a pipeline says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    kind: Literal["pipeline"] = "pipeline"
    name: str = Field(description="Name of the pipeline.")
    summary: str = Field("", description="What it is for.")
    licence: str = Field("", description="SPDX identifier.")
    segmenter: Part = Field(description="What finds the particles.")
    classifier: Part | None = Field(None, description="What tells shapes apart; null for sizes only.")
    measures: tuple[str, ...] = Field(description="Names of the measures.")
    rules: dict[str, Any] = Field(description="What decides whether a particle counts.")
    scores: tuple[Score, ...] = Field((), description="How good it is.")


@dataclass(frozen=True, kw_only=True)
class PipelineBundle:
    """A pipeline that was checked.

    Attributes
    ----------
    digest : SHA-256 of ``pipeline.json``, which holds the digests of the models
    parts : the bundles in it, by their folder: ``"segmenter"``, ``"classifier/se"``
    """

    folder: Path
    card: PipelineCard
    digest: str
    parts: Mapping[str, Bundle]


def read_pipeline(folder: Path) -> PipelineBundle:
    """Read and check a pipeline.

    Raises
    ------
    ModelError
        If the card is missing or not valid, or a model is not the one that the card names.
    """
    try:
        text = (folder / PIPELINE_CARD).read_bytes()
    except OSError as error:
        raise ModelError(
            f"{str(folder)!r} is not a pipeline: {PIPELINE_CARD} cannot be read ({error.strerror})"
        ) from error
    try:
        card = PipelineCard.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"{str(folder / PIPELINE_CARD)!r}: {where}: {first['msg']}") from error
    parts = {
        place: _bundle(folder, place, tool)
        for place, tool in tools_of(card).items()
        if tool.digest is not None
    }
    return PipelineBundle(folder=folder, card=card, digest=sha256(text), parts=parts)


def write_pipeline(folder: Path, card: PipelineCard, models: Mapping[str, Path]) -> Path:
    """Write a pipeline into a folder.

    Parameters
    ----------
    models : folders of bundles, of the tools whose `Tool.digest` is set, by their place, see `tools_of`; copied
    """
    make_folder(folder)
    for name, model in models.items():
        shutil.copytree(model, folder / name)
    write_text(folder / PIPELINE_CARD, card.model_dump_json(indent=2) + "\n")
    return folder


def tools_of(card: PipelineCard) -> dict[str, Tool]:
    """All tools by the folder of their bundle: ``"segmenter"``, and ``"segmenter/se"`` for one that it may choose."""
    parts: dict[PartName, Part | None] = {"segmenter": card.segmenter, "classifier": card.classifier}
    found: dict[str, Tool] = {}
    for name, part in parts.items():
        if part is not None:
            found[name] = part
            found |= {f"{name}/{option}": tool for option, tool in part.choices.items()}
    return found


def _bundle(folder: Path, place: str, tool: Tool) -> Bundle:
    bundle, kind = read_bundle(folder / place), place.partition("/")[0]
    if bundle.digest != tool.digest:
        raise ModelError(
            f"{str(folder / place)!r} was changed: the SHA-256 of its card is {bundle.digest[:12]}..., {PIPELINE_CARD} "
            f"says {str(tool.digest)[:12]}...; get the pipeline anew"
        )
    if bundle.card.kind != kind or bundle.card.plugin != tool.plugin:
        raise ModelError(
            f"{str(folder / place)!r} is a {bundle.card.kind} of {bundle.card.plugin!r}, "
            f"not a {kind} of {tool.plugin!r}"
        )
    return bundle
