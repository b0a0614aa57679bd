"""A version from one registry to another: checked where it comes from, logged anew where it goes to."""

from __future__ import annotations

from nanosieve_registry.references import Reference
from nanosieve_registry.registry import CANDIDATE, Registry
from nanosieve_registry.versions import CONTENT, DIGEST, FILES, PREFIX, Version

ORIGIN = f"{PREFIX}origin"
# What says something of the version in the other registry only.
LEFT_BEHIND = frozenset({DIGEST, CONTENT, FILES, f"{PREFIX}retired"})


def copy(source: Registry, target: Registry, reference: Reference, name: str | None = None) -> Version:
    """Publish a version of one registry in another, as a candidate.

    Parameters
    ----------
    name : there; None for the same

    Raises
    ------
    NotThereError, ChangedError, UnreachableError
        As `Registry.resolve`.
    """
    resolved = source.resolve(reference)
    version = source.version(Reference(name=resolved.name, version=resolved.version))
    tags = {
        tag: value for tag, value in version.tags.items() if tag.startswith(PREFIX) and tag not in LEFT_BEHIND
    }
    return target.publish(
        resolved.folder,
        name or version.name,
        alias=CANDIDATE,
        tags={**tags, ORIGIN: f"{version} of {source.uri}"},
    )
