"""Reading an archive of strangers: it is read once, nothing is unpacked, and every byte of it is accounted for."""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nanosieve.errors import UsageError
from nanosieve_registry.exchange.layout import LARGEST_ARCHIVE, MANIFEST, check_name, check_size
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.writing import archive_of

DAMAGED = "it is no model file, or was damaged or cut short on its way; get it anew"
ENCRYPTED = 0x1
# Length of the record before a file, without its name (APPNOTE.TXT 6.3.10, section 4.3.7).
LOCAL_BYTES = 30


@dataclass(frozen=True)
class Archive:
    """All files of an archive, in memory.

    Attributes
    ----------
    files : their bytes, by name
    digests : their SHA-256, by name
    sha256 : of the archive, in hexadecimal
    """

    files: dict[str, bytes]
    digests: dict[str, str]
    sha256: str


def read_archive(path: Path) -> Archive:
    """Read an archive.

    Raises
    ------
    UsageError
        If there is no such file.
    RefusedError
        If it is not, byte for byte, what `nanosieve_registry.exchange.writing.archive_of` makes of its files: names
        that are not allowed, doubled, or links; compressed, encrypted or overlapping entries; bytes that belong to no
        file; sizes beyond the limits.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_ARCHIVE + 1)
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    if len(data) > LARGEST_ARCHIVE:
        raise RefusedError(
            f"it is larger than any model file, of which none has more than {LARGEST_ARCHIVE} bytes"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, len(data))
            files = {entry.filename: _bytes_of(entry, data) for entry in entries}
    # zipfile answers damage with any of these
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        struct.error,
        ValueError,
        OSError,
    ) as error:
        raise RefusedError(f"{DAMAGED} ({error})") from error
    if archive_of(files) != data:
        raise RefusedError(
            "it is not the archive that its files make: bytes were changed, added or moved in it"
        )
    return Archive(files, digests_of(files), hashlib.sha256(data).hexdigest())


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def _bytes_of(entry: zipfile.ZipInfo, data: bytes) -> bytes:
    """What is stored for an entry, if its record has the length that it has here; all else is compared afterwards."""
    begin = entry.header_offset + LOCAL_BYTES + len(entry.orig_filename)
    return data[begin : begin + entry.file_size]


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Names and sizes as the list at the end of the archive has them, before anything is read."""
    seen = set()
    for entry in entries:
        # zipfile cuts a name at a zero byte; what stood behind it must not pass
        name = entry.orig_filename
        mode = entry.external_attr >> 16
        if not stat.S_ISREG(mode):
            raise RefusedError(
                f"{name!r} is {'a symbolic link' if stat.S_ISLNK(mode) else 'no ordinary file'}"
            )
        check_name(name)
        if name in seen:
            raise RefusedError(f"{name!r} is there twice")
        seen.add(name)
        if entry.flag_bits & ENCRYPTED:
            raise RefusedError(f"{name!r} is encrypted")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise RefusedError(
                f"{name!r} is compressed ({entry.compress_size} bytes for {entry.file_size}); model files never are"
            )
        check_size(name, entry.file_size)
    declared = sum(entry.file_size for entry in entries)
    if declared > size:
        raise RefusedError(f"its files would have {declared} bytes, more than the {size} of the archive")
    if MANIFEST not in seen:
        raise RefusedError(f"it has no {MANIFEST!r}, so nobody answers for what is in it")
