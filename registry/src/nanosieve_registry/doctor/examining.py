"""All checks, from what is installed here to what a server hands out."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from nanosieve_registry.cache import Cache
from nanosieve_registry.doctor.address import check_address, check_store
from nanosieve_registry.doctor.environment import (
    check_driver,
    check_serving,
    check_versions,
)
from nanosieve_registry.doctor.finding import Finding
from nanosieve_registry.doctor.own import check_cache, check_key, check_shipped, check_trust
from nanosieve_registry.doctor.server import check_server
from nanosieve_registry.exchange.places import signing_folder, trust_store
from nanosieve_registry.mlflow_store import store_uri
from nanosieve_registry.shipped import shipped_models


def examine(uri: str | None = None) -> Iterator[Finding]:
    """What each check found, as soon as it is known. Nothing is made or changed.

    Parameters
    ----------
    uri : of the registry; None for the usual one
    """
    chosen = store_uri(uri)
    yield check_versions()
    yield check_shipped(shipped_models())
    yield check_key(signing_folder())
    yield check_trust(trust_store())
    yield check_cache(Cache().folder)
    yield check_serving()
    yield check_address(chosen)
    for found in (check_driver(chosen), check_store(chosen)):
        if found is not None:
            yield found
    if urlsplit(chosen).scheme in ("http", "https"):
        yield from check_server(chosen)
