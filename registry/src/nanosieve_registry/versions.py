"""A version of a registered model, as the registry knows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

PREFIX = "nanosieve."
# Written when a version is made, all at once.
DIGEST, CONTENT, FILES = f"{PREFIX}digest", f"{PREFIX}content", f"{PREFIX}files"
KIND, PLUGIN, PLUGIN_VERSION = f"{PREFIX}kind", f"{PREFIX}plugin", f"{PREFIX}plugin_version"
LICENCE, DATA = f"{PREFIX}licence", f"{PREFIX}training_data"
# Of the run that it was trained in, where another store keeps that.
RUN, RUN_STORE = f"{PREFIX}run_id", f"{PREFIX}run_store"
# Written later.
RETIRED = f"{PREFIX}retired"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a registered model.

    Attributes
    ----------
    name, version : ``spheres``, 3
    digest : SHA-256 of its card, which analyses keep; "" where nanosieve did not publish it
    content : SHA-256 of all its files together, see `content_digest`
    files : SHA-256 by name of each file
    aliases : names that point to it now
    tags : all of them, those above included
    run_id : of the run that it was trained in, "" where the registry does not know
    model_id : what MLflow calls the files
    created : ms since 1970, UTC
    """

    name: str
    version: int
    digest: str
    content: str
    files: Mapping[str, str]
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    run_id: str
    model_id: str
    created: int

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"

    @property
    def uri(self) -> str:
        """The exact version, for provenance."""
        return f"models:/{self}"

    @property
    def kind(self) -> str:
        """``"segmenter"``, ``"classifier"`` or ``"pipeline"``; "" where nanosieve did not publish it."""
        return self.tags.get(KIND, "")

    @property
    def retired(self) -> str:
        """Why it should not be used any more; "" where it may."""
        return self.tags.get(RETIRED, "")


def version_of(found: ModelVersion) -> Version:
    """What MLflow tells of a version."""
    return make_version(
        name=found.name,
        version=int(found.version),
        created=int(found.creation_timestamp),
        source=found.source or "",
        run_id=found.run_id or "",
        tags=found.tags,
        aliases=found.aliases,
    )


def make_version(
    *,
    name: str,
    version: int,
    created: int,
    source: str,
    run_id: str,
    tags: Mapping[str, str],
    aliases: Iterable[str],
) -> Version:
    """A version from what MLflow keeps of it."""
    return Version(
        name=name,
        version=version,
        digest=tags.get(DIGEST, ""),
        content=tags.get(CONTENT, ""),
        files=_files(tags.get(FILES, "")),
        aliases=tuple(sorted(aliases)),
        tags=dict(tags),
        run_id=run_id,
        # MLflow 3.17 leaves model_id empty, but the source names it
        model_id=source.removeprefix("models:/") if source.startswith("models:/m-") else "",
        created=created,
    )


def _files(text: str) -> dict[str, str]:
    """Digests by name; none where the tag is missing or somebody wrote something else into it."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(digest) for name, digest in value.items()} if isinstance(value, dict) else {}
