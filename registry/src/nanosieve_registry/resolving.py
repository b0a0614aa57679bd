"""A reference to the folder of a bundle, whose files are those that were published.

Files are checked when they are fetched, and again each time they are taken from the cache: on a server, registered
files can be written over. What a version was when it was fetched for the first time is remembered here, since tags can
be written over as well.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nanosieve_registry.cache import Cache, Pointer
from nanosieve_registry.errors import ChangedError, UnreachableError
from nanosieve_registry.fetching import fetched
from nanosieve_registry.references import Reference
from nanosieve_registry.versions import CONTENT, Version

if TYPE_CHECKING:
    from nanosieve_registry.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A reference that was looked up.

    Attributes
    ----------
    folder : of the bundle
    digest : SHA-256 of the card
    registry : URI of the store
    note : what a reader of results must know, "" where there is nothing
    """

    folder: Path
    name: str
    version: int
    digest: str
    registry: str
    note: str = ""

    @property
    def uri(self) -> str:
        """The exact version."""
        return f"models:/{self.name}/{self.version}"


def resolve(registry: Registry, reference: Reference) -> Resolved:
    """Look a reference up, and fetch its bundle where it is not here yet.

    A registry that does not answer is replaced by what the reference led to last time, with a note.

    Raises
    ------
    NotThereError
        If there is no such model, version or alias.
    ChangedError
        If its files are not those that were published.
    UnreachableError
        If the registry does not answer, and the reference was never looked up.
    """
    try:
        version = registry.version(reference)
        check_unchanged(registry.cache, registry.uri, version)
        folder = registry.cache.find(version.content)
        if folder is None:
            with fetched(registry.store, version) as bundle:
                folder = registry.cache.add(bundle, version.content)
    except UnreachableError as error:
        return _last_time(registry, reference, error)
    pointer = Pointer(
        name=version.name,
        version=version.version,
        digest=version.digest,
        content=version.content,
        created=version.created,
        seen=time.time(),
    )
    for noted in {str(reference), str(version)}:
        registry.cache.note(registry.uri, noted, pointer)
    note = f"{version} is retired: {version.retired}" if version.retired else ""
    return _resolved(registry, pointer, folder, note)


def from_cache(registry: Registry, reference: Reference) -> Resolved | None:
    """What a reference led to last time, if its bundle is still here; the registry is not asked."""
    pointer, folder = _last(registry, reference)
    return None if pointer is None or folder is None else _resolved(registry, pointer, folder, "")


def check_unchanged(cache: Cache, uri: str, version: Version) -> None:
    """A version is what it was when it was fetched here for the first time, whoever may write its tags.

    Raises
    ------
    ChangedError
        If it is not.
    """
    before = cache.noted(uri, str(version))
    # a version that was deleted and made again has the number of the old one
    if before is not None and before.created == version.created and before.content != version.content:
        raise ChangedError(
            f"{str(version)!r} of {uri} had the digest {before.digest[:12]}... when it was fetched here, now the "
            f"registry says {version.digest[:12] or 'nothing'}...: a version never changes, so somebody wrote over "
            f"its tags; its tag {CONTENT} was {before.content}"
        )


def _last(registry: Registry, reference: Reference) -> tuple[Pointer | None, Path | None]:
    cache = registry.cache
    if reference.digest is not None:
        pointer = cache.known(reference.name, reference.digest)
    else:
        pointer = cache.noted(registry.uri, str(reference))
    return pointer, cache.find(pointer.content) if pointer else None


def _last_time(registry: Registry, reference: Reference, error: UnreachableError) -> Resolved:
    pointer, folder = _last(registry, reference)
    if pointer is None or folder is None:
        raise UnreachableError(
            f"{error}; there is no copy of {str(reference)!r} here, since it was never fetched from there"
        ) from error
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(pointer.seen))
    note = f"{reference} is {pointer.name}/{pointer.version}, as it was on {day}: {error}"
    return _resolved(registry, pointer, folder, note)


def _resolved(registry: Registry, pointer: Pointer, folder: Path, note: str) -> Resolved:
    return Resolved(
        folder=folder,
        name=pointer.name,
        version=pointer.version,
        digest=pointer.digest,
        registry=registry.uri,
        note=note,
    )
