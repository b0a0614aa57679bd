"""The model store of single files: ``file:x.nsmodel`` wherever a model is asked for, without a registry."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nanosieve import Context, Host
from nanosieve.errors import ModelError
from nanosieve.specs import Fetched
from nanosieve_registry.bundle_files import content_digest
from nanosieve_registry.cache import Cache
from nanosieve_registry.exchange.fitting import fit_here
from nanosieve_registry.exchange.places import trust_store
from nanosieve_registry.exchange.unpacking import unpack
from nanosieve_registry.exchange.verifying import named, verify


class ModelFileStore:
    """Model store of signed files."""

    def fetch(self, uri: str) -> Fetched:
        """The bundle of a model, which is checked in full each time: a key may have been revoked since.

        Raises
        ------
        ModelError
            If the file is not taken.
        """
        parts = urlsplit(uri)
        if parts.netloc not in ("", "localhost"):
            raise ModelError(f"{uri!r} names another machine; a file: URI needs three slashes, file:///path")
        path = Path(unquote(parts.path))
        checked = verify(path, trust_store())
        with named(path):
            fit_here(checked.contents, Host())
        cache = Cache()
        content = content_digest(checked.archive.digests)
        bundle = cache.find(content)
        if bundle is None:
            with tempfile.TemporaryDirectory() as folder:
                bundle = cache.add(unpack(checked, Path(folder) / "bundle"), content)
        return Fetched(
            folder=bundle, version=f"{checked.manifest.full_name}, file sha256:{checked.archive.sha256}"
        )


def build(context: Context) -> ModelFileStore:
    """Build the store; it has no options."""
    return ModelFileStore()
