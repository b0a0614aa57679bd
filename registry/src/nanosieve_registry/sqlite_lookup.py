"""Reading a registry on this machine without MLflow, whose import takes 2 s and more.

Only a database that the installed MLflow has opened is read so: `nanosieve_registry.store_mark` sees to it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from nanosieve_registry.references import Reference
from nanosieve_registry.versions import Version, make_version

# Seconds to wait for somebody who writes.
PATIENCE = 10.0
# MLflow keeps the row of a version that was deleted, with this for its stage.
DELETED = "Deleted_Internal"
VERSIONS = f"SELECT name, version, creation_time, source, run_id FROM model_versions WHERE current_stage != '{DELETED}'"
ONE_MODEL = " AND name = ?"


class SqliteLookup:
    """Reads the tables of a database; see `Lookup`."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def models(self) -> dict[str, list[Version]]:
        """See `Lookup`."""
        with self._open() as connection:
            names = [
                name for (name,) in connection.execute("SELECT name FROM registered_models ORDER BY name")
            ]
            by_name: dict[str, list[Version]] = {name: [] for name in names}
            for each in _versions(connection, None):
                by_name[each.name].append(each)
            return by_name

    def versions(self, name: str) -> list[Version]:
        """See `Lookup`."""
        with self._open() as connection:
            return _versions(connection, name)

    def find(self, reference: Reference) -> list[Version]:
        """See `Lookup`."""
        if reference.model_id is not None:
            with self._open() as connection:
                found = _versions(connection, None)
            return [each for each in found if each.model_id == reference.model_id]
        found = self.versions(reference.name)
        if reference.alias is not None:
            return [each for each in found if reference.alias in each.aliases]
        if reference.version is not None:
            return [each for each in found if each.version == reference.version]
        return [each for each in found if reference.fits(each.digest)]

    def tags(self, name: str) -> Mapping[str, str]:
        """See `Lookup`."""
        with self._open() as connection:
            return dict(
                connection.execute("SELECT key, value FROM registered_model_tags WHERE name = ?", (name,))
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        uri = f"{self._database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
            yield connection


def _versions(connection: sqlite3.Connection, name: str | None) -> list[Version]:
    """The versions of one model, or of all, the first one first."""
    where, values = ("", ()) if name is None else (ONE_MODEL, (name,))
    only = where.replace(" AND", " WHERE")
    tags: defaultdict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for model, version, key, value in connection.execute(
        f"SELECT name, version, key, value FROM model_version_tags{only}", values
    ):
        tags[model, version][key] = value
    aliases: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for model, version, alias in connection.execute(
        f"SELECT name, version, alias FROM registered_model_aliases{only}", values
    ):
        aliases[model, int(version)].append(alias)
    return [
        make_version(
            name=model,
            version=version,
            created=created,
            source=source or "",
            run_id=run_id or "",
            tags=tags[model, version],
            aliases=aliases[model, version],
        )
        for model, version, created, source, run_id in connection.execute(
            f"{VERSIONS}{where} ORDER BY name, version", values
        )
    ]
