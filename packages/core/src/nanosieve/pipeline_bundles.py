"""Whole pipelines as one unit: a folder with ``pipeline.json`` and the bundles of segmenter and classifier."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nanosieve.errors import ModelError
from nanosieve.models import PIPELINE_CARD, Bundle, Record, Score, read_bundle, sha256
from nanosieve.writing import make_folder, write_text

PartName = Literal["segmenter", "classifier"]


class Part(Record):
    """Segmenter or classifier of a pipeline: a plugin with its options, and its model where it has one."""

    plugin: str = Field(description="Name of the plugin.")
    plugin_version: str = Field(
        description="Version of the plugin's distribution that the pipeline was made with."
    )
    settings: dict[str, Any] = Field(description="Every option with its value.")
    model: str = Field("", description="What the model was called when the pipeline was made.")
    digest: str | None = Field(
        None, description="SHA-256 of the card of the model in the folder of this part; null without a model."
    )
    models: dict[str, str] = Field(
        default_factory=dict,
        description="Digests by name, of the models among which the plugin itself chooses.",
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
    parts : the bundles in it, by part
    """

    folder: Path
    card: PipelineCard
    digest: str
    parts: Mapping[PartName, Bundle]


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
        name: _part(folder / name, part) for name, part in _parts(card).items() if part.digest is not None
    }
    return PipelineBundle(folder=folder, card=card, digest=sha256(text), parts=parts)


def write_pipeline(folder: Path, card: PipelineCard, models: Mapping[PartName, Path]) -> Path:
    """Write a pipeline into a folder.

    Parameters
    ----------
    models : folders of bundles, of the parts whose `Part.digest` is set; they are copied
    """
    make_folder(folder)
    for name, model in models.items():
        shutil.copytree(model, folder / name)
    write_text(folder / PIPELINE_CARD, card.model_dump_json(indent=2) + "\n")
    return folder


def _parts(card: PipelineCard) -> dict[PartName, Part]:
    return {"segmenter": card.segmenter, **({"classifier": card.classifier} if card.classifier else {})}


def _part(folder: Path, part: Part) -> Bundle:
    bundle = read_bundle(folder)
    if bundle.digest != part.digest:
        raise ModelError(
            f"{str(folder)!r} was changed: the SHA-256 of its card is {bundle.digest[:12]}..., {PIPELINE_CARD} says "
            f"{str(part.digest)[:12]}...; get the pipeline anew"
        )
    if bundle.card.kind != folder.name or bundle.card.plugin != part.plugin:
        raise ModelError(
            f"{str(folder)!r} is a {bundle.card.kind} of {bundle.card.plugin!r}, not a {folder.name} of {part.plugin!r}"
        )
    return bundle
