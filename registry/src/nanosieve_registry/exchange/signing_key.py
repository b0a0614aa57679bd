"""The file of the key that this lab signs with, encrypted where there is a passphrase."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from nanosieve.errors import UsageError
from nanosieve_registry.exchange.keys import (
    PUBLIC,
    LabKey,
    OwnKey,
    check_lab,
    lab_of,
    parse_public,
    public_pem,
    write_public,
)
from nanosieve_registry.exchange.passphrase import HOW
from nanosieve_registry.exchange.refusal import RefusedError

PRIVATE = "lab.key"
BLOCK = re.compile(r"-----BEGIN ((?:ENCRYPTED )?PRIVATE KEY)-----.*?-----END \1-----\n?", re.DOTALL)
ENCRYPTED = "ENCRYPTED PRIVATE KEY"


def create_key(folder: Path, lab: str, passphrase: str | None = None) -> OwnKey:
    """Make the key of this lab; one that is there is put aside under the name of its identity.

    Parameters
    ----------
    passphrase : None leaves the private half readable for everybody who gets hold of its file

    Returns
    -------
    The new key, whose private half lies in ``lab.key``, which only its owner may read, and whose public half lies in
    ``<lab>.pub``, which is what other labs get.
    """
    own = OwnKey(check_lab(lab), Ed25519PrivateKey.generate())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = own_public(folder)
    if before is not None:
        (folder / PRIVATE).replace(folder / f"{before.keyid[:16]}-{PRIVATE}")
    _write(folder / PRIVATE, own, passphrase)
    write_public(folder / f"{own.lab}{PUBLIC}", own.public)
    return own


def own_public(folder: Path) -> LabKey | None:
    """The public half of this lab's key, for which no passphrase is needed; None where no key was made yet.

    Raises
    ------
    RefusedError
        If the file is damaged, or others can read it.
    """
    path = folder / PRIVATE
    if not path.exists():
        return None
    text = _read(path)
    if is_encrypted(folder):
        # it stands behind the private half, in the file that nobody else may write
        return parse_public(BLOCK.sub("", text), path)
    own = own_key(folder)
    return None if own is None else own.public


def own_key(folder: Path, passphrase: str | None = None) -> OwnKey | None:
    """The key of this lab, or None where none was made yet.

    Raises
    ------
    UsageError
        If it is encrypted, and the passphrase is missing or another.
    RefusedError
        If the file is damaged, or others can read it.
    """
    path = folder / PRIVATE
    if not path.exists():
        return None
    text = _read(path)
    private = BLOCK.search(text)
    encrypted = private is not None and private[1] == ENCRYPTED
    if encrypted and not passphrase:
        raise UsageError(f"the private key {str(path)!r} is encrypted, and there is no passphrase: {HOW}")
    try:
        key = load_pem_private_key(
            private[0].encode() if private else b"", passphrase.encode() if encrypted and passphrase else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise UsageError(f"the passphrase does not open the private key {str(path)!r}: {HOW}") from error
        raise RefusedError(f"the private key {str(path)!r} cannot be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise RefusedError(
            f"{str(path)!r} is not an Ed25519 key of a lab; make one with 'nanosieve models keys new'"
        )
    return OwnKey(lab_of(text, path), key)


def is_encrypted(folder: Path) -> bool:
    """Whether the key of this lab, which is there, takes a passphrase."""
    private = BLOCK.search(_read(folder / PRIVATE))
    return private is not None and private[1] == ENCRYPTED


def change_passphrase(folder: Path, own: OwnKey, passphrase: str | None) -> None:
    """Write the key of this lab anew, encrypted with another passphrase, or with none."""
    path = folder / PRIVATE
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    _write(beside, own, passphrase)
    # at once: there is no moment without a key
    beside.replace(path)


def check_own_lab(own: LabKey, lab: str) -> None:
    """Refuse another name for this lab than its key has: other labs know it by that.

    Raises
    ------
    UsageError
        Naming both.
    """
    if own.lab != check_lab(lab):
        raise UsageError(
            f"this lab signs as {own.lab!r}, not as {lab!r}; leave --lab out, or make a key with "
            f"'nanosieve models keys new --lab {lab}'"
        )


def _write(path: Path, own: OwnKey, passphrase: str | None) -> None:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    pem = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode("ascii")
    # made private from the start: between writing and chmod anybody could have read it
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"Lab: {own.lab}\n{pem}{public_pem(own.key.public_key()) if passphrase else ''}")


def _read(path: Path) -> str:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise RefusedError(
            f"others can read the private key {str(path)!r}; if nobody did, run chmod 600 on it, "
            "else make another with 'nanosieve models keys new' and tell the labs that trust the old one"
        )
    return path.read_text(encoding="ascii", errors="replace")
