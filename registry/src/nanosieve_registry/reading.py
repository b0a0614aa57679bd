"""What a registry must know of a bundle before it keeps or hands it out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nanosieve.models import PIPELINE_CARD, read_bundle
from nanosieve.pipeline_bundles import PipelineBundle, read_pipeline
from nanosieve_registry.versions import DATA, KIND, LICENCE, PLUGIN, PLUGIN_VERSION


@dataclass(frozen=True, kw_only=True)
class BundleFacts:
    """A bundle that was checked.

    Attributes
    ----------
    kind : ``"segmenter"``, ``"classifier"`` or ``"pipeline"``
    digest : SHA-256 of its card
    tags : what the registry lists without opening it
    """

    folder: Path
    name: str
    kind: str
    digest: str
    summary: str
    tags: Mapping[str, str]


def read_facts(folder: Path) -> BundleFacts:
    """Check a bundle and tell what it is.

    Raises
    ------
    ModelError
        If it is neither a bundle of a model nor a pipeline, or its weights are not those of its card.
    """
    if (folder / PIPELINE_CARD).exists():
        return _of_pipeline(read_pipeline(folder))
    bundle = read_bundle(folder)
    card = bundle.card
    tags = {KIND: card.kind, PLUGIN: card.plugin, PLUGIN_VERSION: card.plugin_version, LICENCE: card.licence}
    if card.training is not None:
        lines = "".join(sorted(f"{image.sha256}  {image.name}\n" for image in card.training.images))
        tags[DATA] = hashlib.sha256(lines.encode()).hexdigest()
    return BundleFacts(
        folder=folder,
        name=card.name,
        kind=card.kind,
        digest=bundle.digest,
        summary=card.summary,
        tags={tag: value for tag, value in tags.items() if value},
    )


def _of_pipeline(bundle: PipelineBundle) -> BundleFacts:
    card = bundle.card
    parts = [part for part in (card.segmenter, card.classifier) if part is not None]
    tags = {
        KIND: card.kind,
        PLUGIN: " + ".join(part.plugin for part in parts),
        PLUGIN_VERSION: " + ".join(part.plugin_version for part in parts),
        LICENCE: card.licence,
    }
    return BundleFacts(
        folder=bundle.folder,
        name=card.name,
        kind=card.kind,
        digest=bundle.digest,
        summary=card.summary,
        tags={tag: value for tag, value in tags.items() if value},
    )
