"""The registry: bundles become versions of named models, and references become folders of checked bundles."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nanosieve_registry.bundle_files import content_digest, digests_of
from nanosieve_registry.cache import Cache
from nanosieve_registry.errors import NotThereError
from nanosieve_registry.first_use import is_registered, register_shipped
from nanosieve_registry.lookup import ClientLookup, Lookup
from nanosieve_registry.mlflow_store import Store, database_of, embedded_database, open_store, store_uri
from nanosieve_registry.permissions import on_model
from nanosieve_registry.publishing import publish
from nanosieve_registry.reading import read_facts
from nanosieve_registry.references import Reference, check_name, parse_reference
from nanosieve_registry.resolving import Resolved, from_cache, resolve
from nanosieve_registry.server_errors import NOT_THERE, explained, is_forbidden
from nanosieve_registry.sqlite_lookup import SqliteLookup
from nanosieve_registry.store_mark import was_opened
from nanosieve_registry.training_run import PUBLISHED_AS, TrainingRun
from nanosieve_registry.versions import RUN, RUN_STORE, Version

logger = logging.getLogger(__name__)

CANDIDATE, CHAMPION, PREVIOUS = "candidate", "champion", "previous"


class Registry:
    """Named, numbered models in an MLflow store.

    MLflow is imported when something is written or fetched, or a server is asked; neither the working folder nor the
    process's own store matters.

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
        self._lookup: Lookup | None = None

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
        run: TrainingRun | None = None,
    ) -> Version:
        """Make a bundle the next version of a model; one that is there already stays what it is.

        Parameters
        ----------
        alias : points to the version afterwards; None for none
        tags : beside those that the registry writes
        run : that it comes from; one of this store gets a tag that names the version

        Raises
        ------
        ModelError
            If the folder is not a bundle, or holds what does not belong into one.
        """
        facts = read_facts(bundle)
        content = content_digest(digests_of(bundle))
        there = [each for each in self.versions(name) if each.content == content]
        with explained(self.uri, f"publish {name!r}", on_model("EDIT", name)):
            own = run.run_id if run is not None and self._may_read(run) else None
            elsewhere = {} if run is None or own else {RUN: run.run_id, RUN_STORE: run.uri}
            version = (
                there[-1]
                if there
                else publish(self.store, facts, name, tags={**elsewhere, **(tags or {})}, run_id=own)
            )
            if own is not None:
                self._tell_run(own, version)
            if alias is not None:
                self.set_alias(version, alias)
        return self.version(Reference(name=name, version=version.version))

    def _may_read(self, run: TrainingRun) -> bool:
        """Whether a run is of this store, still there, and open to this user: on a server, others' are not."""
        from mlflow.exceptions import MlflowException

        if run.uri != self.uri:
            return False
        try:
            self.store.client.get_run(run.run_id)
        except MlflowException as error:
            if is_forbidden(error) or error.error_code in NOT_THERE:
                return False
            raise
        return True

    def _tell_run(self, run_id: str, version: Version) -> None:
        """Name the version in the run that it comes from, where this user may write there."""
        from mlflow.exceptions import MlflowException

        try:
            self.store.client.set_tag(run_id, PUBLISHED_AS, str(version))
        except MlflowException as error:
            if not is_forbidden(error):
                raise

    def resolve(self, reference: str | Reference) -> Resolved:
        """The bundle that a reference names, fetched where it is not here yet; see `nanosieve_registry.resolving`."""
        wanted = parse_reference(reference) if isinstance(reference, str) else reference
        known = from_cache(self, wanted) if wanted.is_exact else None
        return known or resolve(self, wanted)

    def version(self, reference: Reference) -> Version:
        """Look a reference up, without fetching anything.

        Raises
        ------
        NotThereError
            If it fits no version, or its digest fits several.
        """
        with self.reading(f"look up {str(reference)!r}", reference.name) as lookup:
            found = lookup.find(reference)
        if not found:
            raise self._not_there(reference)
        if reference.digest is not None and len({each.digest for each in found}) > 1:
            raise NotThereError(f"{str(reference)!r} fits {len(found)} versions; write more of the digest")
        return found[-1]

    def versions(self, name: str) -> list[Version]:
        """All versions of a model, the first one first; none where there is no such model."""
        check_name(name)
        with self.reading(f"list the versions of {name!r}", name) as lookup:
            return lookup.versions(name)

    def models(self) -> dict[str, list[Version]]:
        """All models by name, with their versions, the first one first."""
        with self.reading("list its models") as lookup:
            return lookup.models()

    def tags(self, name: str) -> Mapping[str, str]:
        """Tags of a model itself, not of its versions."""
        with self.reading(f"read {name!r}", name) as lookup:
            return lookup.tags(name)

    def set_alias(self, version: Version, alias: str) -> None:
        """Let an alias point to a version."""
        doing = f"let @{alias} of {version.name!r} point to version {version.version}"
        with explained(self.uri, doing, on_model("EDIT", version.name)):
            self.store.client.set_registered_model_alias(version.name, alias, str(version.version))

    def delete_alias(self, name: str, alias: str) -> None:
        """Remove an alias."""
        # MLflow takes an alias away from who may delete the model
        with explained(self.uri, f"remove @{alias} of {name!r}", on_model("MANAGE", name)):
            self.store.client.delete_registered_model_alias(name, alias)

    def set_tag(self, version: Version, tag: str, value: str) -> None:
        """Write a tag of a version."""
        with explained(self.uri, f"write a tag of {str(version)!r}", on_model("EDIT", version.name)):
            self.store.client.set_model_version_tag(version.name, str(version.version), tag, value)

    def set_model_tag(self, name: str, tag: str, value: str) -> None:
        """Write a tag of a model itself."""
        with explained(self.uri, f"write a tag of {name!r}", on_model("EDIT", name)):
            self.store.client.set_registered_model_tag(name, tag, value)

    @contextmanager
    def reading(self, doing: str, name: str = "") -> Iterator[Lookup]:
        """Read the registry, and explain what goes wrong.

        Parameters
        ----------
        doing : for the message: "list its models"
        name : of the model that is read; "" for all, or one that is not known yet
        """
        if self._lookup is None:
            self._lookup = self._quick_lookup() or ClientLookup(self.store.client)
        if isinstance(self._lookup, SqliteLookup):
            yield self._lookup
            return
        needs = on_model("READ", name) if name else "READ on the model and on its experiment"
        with explained(self.uri, doing, needs):
            yield self._lookup

    def _quick_lookup(self) -> Lookup | None:
        """Without MLflow, where the store is a database that it has opened before."""
        database = database_of(self.uri)
        if database is None:
            return None
        if not was_opened(database) or (
            database == embedded_database() and not is_registered(database.parent)
        ):
            _ = self.store  # makes or checks it
        return SqliteLookup(database)

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
