"""The archive: a zip without compression whose bytes follow from its files alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from nanosieve_registry.exchange.layout import MANIFEST

# The earliest time that a zip can hold: the time of writing would make other bytes of the same model.
NO_TIME = (1980, 1, 1, 0, 0, 0)
UNIX = 3
ORDINARY_FILE = 0o100644 << 16


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """The archive; the manifest comes first, the rest by name. The same files give the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in sorted(files, key=lambda name: (name != MANIFEST, name)):
            archive.writestr(entry(name), files[name])
    return written.getvalue()


def entry(name: str) -> zipfile.ZipInfo:
    """The record of one file in the archive: an ordinary file, stored, of no particular time."""
    info = zipfile.ZipInfo(name, NO_TIME)
    info.compress_type = zipfile.ZIP_STORED
    info.create_system = UNIX
    info.external_attr = ORDINARY_FILE
    return info
