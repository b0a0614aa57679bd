"""Model bundles: a folder with ``model.json``, where there are weights ``weights.safetensors``, and a card."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nanosieve.errors import ModelError
from nanosieve.specs import Context
from nanosieve.writing import write_text

CARD = "model.json"
WEIGHTS = "weights.safetensors"
# The card of a whole pipeline, whose parts are bundles.
PIPELINE_CARD = "pipeline.json"


class Record(BaseModel):
    """A part of the card."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TrainingImage(Record):
    """One image that the model learnt from."""

    name: str = Field(description="Source and file name.")
    sha256: str = Field(description="SHA-256 of the image file.")


class TrainingRecord(Record):
    """How a model came to be."""

    sources: dict[str, int] = Field(description="Images that were learnt from, by source.")
    groups: int = Field(description="Papers or specimens that they are from.")
    images: tuple[TrainingImage, ...] = Field(
        description="Each of them, and those of the model it began with."
    )
    validation_images: int = Field(description="Images by which the best weights were chosen.")
    simulated: float = Field(0, description="Share of simulated micrographs among the patches.")
    options: dict[str, Any] = Field(description="Options of training.")
    epochs: int = Field(description="Passes over the data.")
    seconds: float = Field(description="Time spent.")
    software: dict[str, str] = Field(description="Versions of what it was trained with.")
    start: str | None = Field(None, description="SHA-256 of the card of the model that it began from.")


class Score(Record):
    """A figure of merit, with what it was taken on."""

    data: str = Field(description="Which images.")
    images: int = Field(description="How many.")
    metric: str = Field(description="Name of the figure.")
    mean: float = Field(description="Mean over the images.")
    sd: float | None = Field(None, description="Standard deviation over the images.")


class Offset(Record):
    """By how much diameters that a segmenter finds are off."""

    offset_px: float = Field(
        description="Equivalent diameter found less that of the label: median of the images' medians, in px of the "
        "picture as the model saw it, magnified or reduced."
    )
    sd_px: float | None = Field(
        None, ge=0, description="Standard deviation of the images' medians, px; null with a single image."
    )
    particles: int = Field(ge=1, description="Matched particles.")
    images: int = Field(ge=1, description="Images with such particles.")


class Boundary(Offset):
    """Where a segmenter puts the edge of particles, against labelled data."""

    data: str = Field(description="What it was measured on.")
    classes: dict[str, Offset] = Field(
        default_factory=dict, description="The same by shape class, where the labels name it."
    )

    def of(self, name: str) -> Offset:
        """The offset of particles of a class; that of all where the class was not measured."""
        return self.classes.get(name, self)


class ModelCard(BaseModel):
    """What a bundle says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    name: str = Field(description="Name of the model.")
    kind: Literal["segmenter", "classifier"] = Field(description="Which kind of plugin loads it.")
    plugin: str = Field(description="Name of the plugin that loads it.")
    plugin_version: str = Field(description="Version of the plugin's distribution that wrote it.")
    config: dict[str, Any] = Field(default_factory=dict, description="Options of the plugin.")
    summary: str = Field("", description="What the model is for.")
    licence: str = Field("", description="SPDX identifier.")
    citation: str = Field("", description="How to cite the model.")
    classes: tuple[str, ...] = Field((), description="What it tells apart.")
    excluded_classes: tuple[str, ...] = Field(
        (), description="Those that are counted but not sized, unless the rules say otherwise."
    )
    preprocessing: dict[str, Any] = Field(default_factory=dict, description="What is done to grey values.")
    calibration: dict[str, float] = Field(
        default_factory=dict, description="What makes confidences of scores: temperature, limits."
    )
    diameter_px: tuple[float, float] | None = Field(
        None, description="Equivalent diameters, px, between which 98 % of the training particles lie."
    )
    pixel_size_nm: tuple[float, float] | None = Field(
        None, description="Least and largest pixel size of the training images, where they have one."
    )
    training: TrainingRecord | None = Field(None, description="How it was trained.")
    scores: tuple[Score, ...] = Field((), description="How good it is.")
    boundary: Boundary | None = Field(
        None, description="By how much the diameters that it finds are off; null where nobody measured it."
    )
    weights_sha256: str | None = Field(
        None, description="SHA-256 of weights.safetensors; null without weights."
    )


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle that was checked.

    Attributes
    ----------
    folder : where it lies
    card : what it says of itself
    digest : SHA-256 of ``model.json``, which holds the digest of the weights
    weights : path of the weights, or None
    """

    folder: Path
    card: ModelCard
    digest: str
    weights: Path | None


def read_bundle(folder: Path) -> Bundle:
    """Read and check a bundle.

    Raises
    ------
    ModelError
        If the card is missing or not valid, or the weights are not those that the card names.
    """
    try:
        text = (folder / CARD).read_bytes()
    except OSError as error:
        raise ModelError(
            f"{str(folder)!r} is not a model bundle: {CARD} cannot be read ({error.strerror})"
        ) from error
    try:
        card = ModelCard.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"{str(folder / CARD)!r}: {where}: {first['msg']}") from error
    weights = folder / WEIGHTS
    if card.weights_sha256 is None:
        if weights.exists():
            raise ModelError(
                f"{str(folder)!r} holds {WEIGHTS}, but {CARD} does not name its digest; get it anew"
            )
        return Bundle(folder=folder, card=card, digest=sha256(text), weights=None)
    try:
        found = file_sha256(weights)
    except OSError as error:
        raise ModelError(f"{str(weights)!r} cannot be read: {error.strerror}") from error
    if found != card.weights_sha256:
        raise ModelError(
            f"{str(weights)!r} was changed: its SHA-256 is {found[:12]}..., "
            f"{CARD} says {card.weights_sha256[:12]}...; get the bundle anew"
        )
    return Bundle(folder=folder, card=card, digest=sha256(text), weights=weights)


def write_card(folder: Path, card: ModelCard) -> Path:
    """Write the card of a bundle, whose weights, if any, lie in the folder already."""
    return write_text(folder / CARD, card.model_dump_json(indent=2) + "\n")


class FolderStore:
    """Model store of bundles on this machine: ``file:///home/lab/models/spheres``."""

    def fetch(self, uri: str) -> Path:
        """The folder that a ``file:`` URI names."""
        parts = urlsplit(uri)
        if parts.netloc not in ("", "localhost"):
            raise ModelError(f"{uri!r} names another machine; a file: URI needs three slashes, file:///path")
        folder = Path(unquote(parts.path))
        if not folder.is_dir():
            raise ModelError(f"there is no folder {str(folder)!r}")
        return folder


def folder_store(context: Context) -> FolderStore:
    """Build the store of folders; it has no options."""
    return FolderStore()


def sha256(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
