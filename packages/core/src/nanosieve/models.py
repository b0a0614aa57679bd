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
