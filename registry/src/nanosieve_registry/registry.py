"""The registry: bundles become versions of named models, and references become folders of checked bundles."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from nanosieve_registry.bundle_files import content_digest, digests_of
from nanosieve_registry.cache import Cache, Pointer
from nanosieve_registry.errors import ChangedError, NotThereError, UnreachableError
from nanosieve_registry.fetching import fetched
from nanosieve_registry.first_use import register_shipped
from nanosieve_registry.mlflow_store import Store, database_of, embedded_database, open_store, store_uri
from nanosieve_registry.publishing import publish
from nanosieve_registry.reading import read_facts
from nanosieve_registry.references import Reference, check_name, parse_reference
from nanosieve_registry.server_errors import NOT_THERE, explained
from nanosieve_registry.versions import CONTENT, Version, version_of

logger = logging.getLogger(__name__)

CANDIDATE, CHAMPION, PREVIOUS = "candidate", "champion", "previous"


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A reference that was looked up.

    Attributes
    ----------
    folder : of the bundle, whose files are those that were published
    digest : SHA-256 of the card
    note : what a reader of results must know, "" where there is nothing: that the registry did not answer
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


class Registry:
    """Named, numbered models in an MLflow store.

    MLflow is imported when the store is first needed, and neither the working folder nor the process's own store
    matters.

    Parameters
    ----------
    uri : of a server or database; None for ``MLFLOW_TRACKING_URI``, else this user's own
    cache : of fetched bundles; None for this user's own
    say : called with a sentence for people, when the models that come with nanosieve are registered
    """

    def __init__(
        self, uri: str | None = None, cache: Cache | None = None, say: Callable[[str], None] = logger.warning
    ) -> None:
        self.uri = store_uri(uri)
        self.cache = cache or Cache()
        self._say = say
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """The open store. This user's own gets the models that come with nanosieve when it is new.

        Raises
        ------
        UnreachableError
            If it does not answer.
        RegistryError
            If it is of another version of MLflow, or was moved.
        """
        if self._store is None:
            self._store = open_store(self.uri)
            database = database_of(self.uri)
            if database == embedded_database():
                register_shipped(self, database.parent, self._say)
        return self._store

    def publish(
        self,
        bundle: Path,
        name: str,
        *,
        alias: str | None = CANDIDATE,
        tags: Mapping[str, str] | None = None,
        run_id: str | None = None,
    ) -> Version:
        """Make a bundle the next version of a model; one that is there already stays what it is.

        Parameters
        ----------
        alias : points to the version afterwards; None for none
        tags : beside those that the registry writes

        Raises
        ------
        ModelError
            If the folder is not a bundle, or holds what does not belong into one.
        """
        facts = read_facts(bundle)
        content = content_digest(digests_of(bundle))
        there = [each for each in self.versions(name) if each.content == content]
        version = (
            there[-1]
            if there
            else publish(self.store, facts, check_name(name), tags=tags or {}, run_id=run_id)
        )
        if alias is not None:
            self.set_alias(version, alias)
        return self.version(Reference(name=name, version=version.version))

    def resolve(self, reference: str | Reference) -> Resolved:
        """The bundle that a reference names, fetched where it is not here yet.

        A registry that does not answer is replaced by what the reference led to last time, with a note.

        Raises
        ------
        NotThereError
            If there is no such model, version or alias.
        ChangedError
            If its files are not those that were published.
        UnreachableError
            If the registry does not answer, and the model was never fetched.
        """
        wanted = parse_reference(reference) if isinstance(reference, str) else reference
        try:
            version = self.version(wanted)
        except UnreachableError as error:
            return self._from_cache(wanted, error)
        self._check_unchanged(version)
        folder = self.cache.find(version.content)
        if folder is None:
            with fetched(self.store, version) as bundle:
                folder = self.cache.add(bundle, version.content)
        pointer = Pointer(
            name=version.name,
            version=version.version,
            digest=version.digest,
            content=version.content,
            created=version.created,
            seen=time.time(),
        )
        for noted in {str(wanted), str(version)}:
            self.cache.note(self.uri, noted, pointer)
        return Resolved(
            folder=folder,
            name=version.name,
            version=version.version,
            digest=version.digest,
            registry=self.uri,
            note=f"{version} is retired: {version.retired}" if version.retired else "",
        )

    def version(self, reference: Reference) -> Version:
        """Look a reference up, without fetching anything."""
        with explained(self.uri, f"look up {str(reference)!r}"):
            found = self._find(reference)
            if not found:
                raise self._not_there(reference)
        if reference.digest is not None and len({each.digest for each in found}) > 1:
            raise NotThereError(f"{str(reference)!r} fits {len(found)} versions; write more of the digest")
        return max(found, key=lambda each: each.version)

    def versions(self, name: str) -> list[Version]:
        """All versions of a model, the first one first; none where there is no such model."""
        with explained(self.uri, f"list the versions of {name!r}"):
            found = self._search(f"name = '{check_name(name)}'")
        return sorted(found, key=lambda each: each.version)

    def models(self) -> dict[str, list[Version]]:
        """All models by name, with their versions, the first one first."""
        with explained(self.uri, "list its models"):
            pages = pages_of(self.store.client.search_registered_models)
            aliases = {each.name: each.aliases for page in pages for each in page}
            found = [
                version_of(each)
                for page in pages_of(self.store.client.search_model_versions)
                for each in page
            ]
        by_name: dict[str, list[Version]] = {name: [] for name in sorted(aliases)}
        for each in sorted(found, key=lambda each: each.version):
            by_name[each.name].append(_with_aliases(each, aliases[each.name]))
        return by_name

    def set_alias(self, version: Version, alias: str) -> None:
        """Let an alias point to a version."""
        self.store.client.set_registered_model_alias(version.name, alias, str(version.version))

    def set_tag(self, version: Version, tag: str, value: str) -> None:
        """Write a tag of a version."""
        self.store.client.set_model_version_tag(version.name, str(version.version), tag, value)

    def _find(self, reference: Reference) -> list[Version]:
        """What a reference may mean; none where there is nothing."""
        from mlflow.exceptions import MlflowException

        client, name = self.store.client, reference.name
        if reference.model_id is not None:
            return self._search(f"source_path = 'models:/{reference.model_id}'")
        try:
            if reference.alias is not None:
                return [version_of(client.get_model_version_by_alias(name, reference.alias))]
            if reference.version is not None:
                return [version_of(client.get_model_version(name, str(reference.version)))]
        except MlflowException as error:
            # MLflow takes an alias that was never set for a wrong parameter
            if error.error_code not in {*NOT_THERE, "INVALID_PARAMETER_VALUE"}:
                raise
            return []
        found = self._search(f"name = '{name}'")
        return [each for each in found if reference.latest or each.digest.startswith(reference.digest or "")]

    def _search(self, query: str) -> list[Version]:
        client = self.store.client
        pages = pages_of(partial(client.search_model_versions, query))
        found = [version_of(each) for page in pages for each in page]
        aliases = {name: client.get_registered_model(name).aliases for name in {each.name for each in found}}
        return [_with_aliases(each, aliases[each.name]) for each in found]

    def _check_unchanged(self, version: Version) -> None:
        """A version is what it was when it was fetched here for the first time, whoever may write its tags."""
        before = self.cache.noted(self.uri, str(version))
        if before is not None and before.created == version.created and before.content != version.content:
            raise ChangedError(
                f"{str(version)!r} of {self.uri} had the digest {before.digest[:12]}... when it was fetched here, now "
                f"the registry says {version.digest[:12] or 'nothing'}...: a version never changes, so somebody "
                f"changed its tags; the tag {CONTENT} was {before.content}"
            )

    def _from_cache(self, reference: Reference, error: UnreachableError) -> Resolved:
        pointer = self.cache.noted(self.uri, str(reference))
        folder = self.cache.find(pointer.content) if pointer else None
        if pointer is None or folder is None:
            raise UnreachableError(
                f"{error}; {str(reference)!r} was never fetched from there, so there is no copy of it here"
            ) from error
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(pointer.seen))
        return Resolved(
            folder=folder,
            name=pointer.name,
            version=pointer.version,
            digest=pointer.digest,
            registry=self.uri,
            note=f"{reference} is the copy of {pointer.name}/{pointer.version} that was fetched on {day}: {error}",
        )

    def _not_there(self, reference: Reference) -> NotThereError:
        models = self.models()
        if reference.name not in models:
            return NotThereError(
                f"no model {reference.name or reference.model_id!r} is registered in {self.uri}; "
                f"there are: {', '.join(models) or 'none'}"
            )
        versions = models[reference.name]
        aliases = [f"@{alias}" for each in versions for alias in each.aliases]
        return NotThereError(
            f"there is no {str(reference)!r} in {self.uri}; model {reference.name!r} has the versions "
            f"{', '.join(str(each.version) for each in versions) or 'none'} and the aliases "
            f"{', '.join(sorted(aliases)) or 'none'}"
        )


def pages_of(search: Callable[..., Any]) -> list[Any]:
    """All pages of a search of MLflow, which gives a page at a time."""
    pages = [search(max_results=1000)]
    while pages[-1].token:
        pages.append(search(max_results=1000, page_token=pages[-1].token))
    return pages


def _with_aliases(version: Version, aliases: Mapping[str, object]) -> Version:
    """MLflow 3.17 leaves the aliases out of what it finds by searching."""
    own = tuple(sorted(alias for alias, number in aliases.items() if int(str(number)) == version.version))
    return replace(version, aliases=own)
