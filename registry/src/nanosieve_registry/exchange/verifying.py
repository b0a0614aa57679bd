"""One file: who signed it, and whether all in it is what was signed; nothing is built or run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nanosieve_registry.exchange.contents import (
    Contents,
    check_digests,
    check_statements,
    read_contents,
    read_goldens,
)
from nanosieve_registry.exchange.envelope import open_envelope
from nanosieve_registry.exchange.golden import Arrays
from nanosieve_registry.exchange.layout import MANIFEST
from nanosieve_registry.exchange.manifest import Manifest, read_manifest
from nanosieve_registry.exchange.parts import Files
from nanosieve_registry.exchange.reading import Archive, read_archive
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.trust import Signer, TrustStore, require_lab, require_trusted


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file that is whole and says the same everywhere.

    Attributes
    ----------
    archive : its bytes
    manifest : what was signed
    signer : who signed; for anything but reading, one that is trusted
    contents : cards and weights, read
    goldens : inputs with the answers of the sender, by the folder of the part
    """

    archive: Archive
    manifest: Manifest
    signer: Signer
    contents: Contents
    goldens: Mapping[str, Arrays]


def verify(path: Path, trust: TrustStore) -> Checked:
    """Check a file from outside, from its signature to the last tensor.

    Raises
    ------
    RefusedError
        Naming the file and why it is not taken.
    """
    return _check(path, trust, anybody=False)


def inspect(path: Path, trust: TrustStore) -> Checked:
    """The same for a file of anybody, to be read by a person; `Checked.signer` says what is known of who signed.

    Raises
    ------
    RefusedError
        If the file is damaged, or not what was signed.
    """
    return _check(path, trust, anybody=True)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the name of the file before the reason."""
    try:
        yield
    except RefusedError as error:
        raise RefusedError(f"{path.name!r} is refused: {error}") from error


def _check(path: Path, trust: TrustStore, *, anybody: bool) -> Checked:
    with named(path):
        archive = read_archive(path)
        envelope = open_envelope(archive.files[MANIFEST])
        signer = trust.judge(envelope)
        if not anybody:
            require_trusted(signer)
        manifest = read_manifest(envelope.payload)
        require_lab(signer, manifest.lineage.lab)
        files = Files(archive.files, archive.digests)
        check_digests(manifest, files)
        contents = read_contents(manifest.kind, files)
        check_statements(manifest, contents)
        return Checked(
            archive=archive,
            manifest=manifest,
            signer=signer,
            contents=contents,
            goldens=read_goldens(contents, archive.files),
        )
