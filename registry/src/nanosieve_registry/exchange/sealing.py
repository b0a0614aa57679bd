"""Files and manifest become the bytes of one signed archive."""

from __future__ import annotations

from collections.abc import Mapping

from nanosieve_registry.exchange.envelope import sign
from nanosieve_registry.exchange.keys import OwnKey
from nanosieve_registry.exchange.layout import MANIFEST
from nanosieve_registry.exchange.manifest import FileRecord, Manifest
from nanosieve_registry.exchange.writing import archive_of


def listed(manifest: Manifest, files: Mapping[str, bytes], digests: Mapping[str, str]) -> Manifest:
    """The manifest with the list of these files."""
    records = {name: FileRecord(sha256=digests[name], bytes=len(data)) for name, data in files.items()}
    return manifest.model_copy(update={"files": records})


def seal(manifest: Manifest, files: Mapping[str, bytes], own: OwnKey) -> bytes:
    """The archive; the same files, manifest and key give the same bytes."""
    return archive_of({**files, MANIFEST: sign(manifest.to_bytes(), own.key)})
