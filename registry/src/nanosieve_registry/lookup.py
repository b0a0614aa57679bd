"""Reading a registry: all models, and what a reference may mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from nanosieve_registry.references import Reference
from nanosieve_registry.server_errors import NOT_THERE
from nanosieve_registry.versions import Version, version_of

if TYPE_CHECKING:
    from mlflow import MlflowClient


class Lookup(Protocol):
    """Reads a registry."""

    def models(self) -> dict[str, list[Version]]:
        """All models by name, with their versions, the first one first."""

    def versions(self, name: str) -> list[Version]:
        """The versions of a model, the first one first; none where there is no such model."""

    def find(self, reference: Reference) -> list[Version]:
        """The versions that a reference fits; none where there is nothing."""

    def tags(self, name: str) -> Mapping[str, str]:
        """Tags of a model itself, not of its versions; none where there is no such model."""


class ClientLookup:
    """Reads a registry through MLflow."""

    def __init__(self, client: MlflowClient) -> None:
        self._client = client

    def models(self) -> dict[str, list[Version]]:
        """See `Lookup`."""
        aliases = {
            each.name: each.aliases for page in _pages(self._client.search_registered_models) for each in page
        }
        found = [version_of(each) for page in _pages(self._client.search_model_versions) for each in page]
        by_name: dict[str, list[Version]] = {name: [] for name in sorted(aliases)}
        for each in sorted(found, key=lambda each: each.version):
            by_name[each.name].append(_with_aliases(each, aliases[each.name]))
        return by_name

    def versions(self, name: str) -> list[Version]:
        """See `Lookup`."""
        return self._search(f"name = '{name}'")

    def find(self, reference: Reference) -> list[Version]:
        """See `Lookup`."""
        from mlflow.exceptions import MlflowException

        name = reference.name
        if reference.model_id is not None:
            return self._search(f"source_path = 'models:/{reference.model_id}'")
        try:
            if reference.alias is not None:
                return [version_of(self._client.get_model_version_by_alias(name, reference.alias))]
            if reference.version is not None:
                return [version_of(self._client.get_model_version(name, str(reference.version)))]
        except MlflowException as error:
            # MLflow takes an alias that was never set for a wrong parameter
            if error.error_code not in {*NOT_THERE, "INVALID_PARAMETER_VALUE"}:
                raise
            return []
        return [each for each in self.versions(name) if reference.fits(each.digest)]

    def tags(self, name: str) -> Mapping[str, str]:
        """See `Lookup`."""
        from mlflow.exceptions import MlflowException

        try:
            return dict(self._client.get_registered_model(name).tags)
        except MlflowException as error:
            if error.error_code not in NOT_THERE:
                raise
            return {}

    def _search(self, query: str) -> list[Version]:
        pages = _pages(partial(self._client.search_model_versions, query))
        found = [version_of(each) for page in pages for each in page]
        names = {each.name for each in found}
        aliases = {name: self._client.get_registered_model(name).aliases for name in names}
        return sorted(
            (_with_aliases(each, aliases[each.name]) for each in found), key=lambda each: each.version
        )


def _pages(search: Callable[..., Any]) -> list[Any]:
    """All pages of a search of MLflow, which gives a page at a time."""
    pages = [search(max_results=1000)]
    while pages[-1].token:
        pages.append(search(max_results=1000, page_token=pages[-1].token))
    return pages


def _with_aliases(version: Version, aliases: Mapping[str, object]) -> Version:
    """MLflow 3.17 leaves the aliases out of what it finds by searching."""
    own = tuple(sorted(alias for alias, number in aliases.items() if int(str(number)) == version.version))
    return replace(version, aliases=own)
