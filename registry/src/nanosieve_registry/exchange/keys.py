"""Keys of labs: their files, their identity, and how people compare them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from nanosieve.errors import UsageError
from nanosieve.writing import write_text
from nanosieve_registry.exchange.refusal import RefusedError

LAB = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
PRIVATE, PUBLIC = "lab.key", ".pub"
LARGEST_KEY_FILE = 1 << 14
# A key file says before the key whose it is; readers of PEM skip what stands there (RFC 7468, section 2).
LAB_LINE = re.compile(r"^Lab: (.*)$", re.MULTILINE)
GROUP = 4
KEY_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class LabKey:
    """A public key and the lab that it belongs to."""

    lab: str
    key: Ed25519PublicKey

    @property
    def keyid(self) -> str:
        """See `key_id`."""
        return key_id(self.key)


@dataclass(frozen=True)
class OwnKey:
    """The key that this lab signs with."""

    lab: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> LabKey:
        """What other labs get."""
        return LabKey(self.lab, self.key.public_key())


def key_id(key: Ed25519PublicKey) -> str:
    """SHA-256 of the 32 bytes of a public key, in hexadecimal."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def fingerprint(keyid: str) -> str:
    """An identity as people read it to one another: groups of four digits."""
    return " ".join(keyid[first : first + GROUP] for first in range(0, len(keyid), GROUP))


def same_fingerprint(said: str, keyid: str) -> bool:
    """Whether what somebody typed is the whole identity; spaces, colons, dashes and case do not count."""
    return plain(said) == keyid


def plain(said: str) -> str:
    """A fingerprint without what people put between its digits."""
    return re.sub(r"[\s:-]", "", said).lower()


def check_lab(lab: str) -> str:
    """The name of a lab, which becomes a part of file names and of names in the registry.

    Raises
    ------
    UsageError
        If it cannot be one.
    """
    if not LAB.fullmatch(lab):
        raise UsageError(
            f"{lab!r} cannot be the name of a lab: up to 40 small letters, digits and inner dashes, as in 'lab-a'"
        )
    return lab


def check_own_lab(own: OwnKey, lab: str) -> None:
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


def create_key(folder: Path, lab: str) -> OwnKey:
    """Make the key of this lab; one that is there is put aside under the name of its identity.

    Returns
    -------
    The new key, whose private half lies in ``lab.key``, which only its owner may read, and whose public half lies in
    ``<lab>.pub``, which is what other labs get.
    """
    own = OwnKey(check_lab(lab), Ed25519PrivateKey.generate())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = own_key(folder)
    if before is not None:
        (folder / PRIVATE).replace(folder / f"{before.public.keyid[:16]}-{PRIVATE}")
    pem = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    # made private from the start: between writing and chmod anybody could have read it
    handle = os.open(folder / PRIVATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"Lab: {own.lab}\n{pem}")
    write_public(folder / f"{own.lab}{PUBLIC}", own.public)
    return own


def own_key(folder: Path) -> OwnKey | None:
    """The key of this lab, or None where none was made yet.

    Raises
    ------
    RefusedError
        If the file is damaged, or others can read it.
    """
    path = folder / PRIVATE
    if not path.exists():
        return None
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise RefusedError(
            f"others can read the private key {str(path)!r}; if nobody did, run chmod 600 on it, "
            "else make another with 'nanosieve models keys new' and tell the labs that trust the old one"
        )
    text = path.read_text(encoding="ascii", errors="replace")
    lab = LAB_LINE.search(text)
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise RefusedError(f"the private key {str(path)!r} cannot be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey) or lab is None:
        raise RefusedError(
            f"{str(path)!r} is not an Ed25519 key of a lab; make one with 'nanosieve models keys new'"
        )
    return OwnKey(check_lab(lab[1].strip()), key)


def write_public(path: Path, public: LabKey) -> Path:
    """Write what other labs get: the lab and the key, in PEM; not the fingerprint, which they should be told."""
    pem = public.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    return write_text(path, f"Lab: {public.lab}\n{pem}")


def read_public(path: Path) -> LabKey:
    """Read the public key of a lab.

    Raises
    ------
    UsageError
        If there is no such file.
    RefusedError
        If it holds no Ed25519 public key, or does not say whose it is.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_KEY_FILE)
    except OSError as error:
        raise UsageError(f"the key {str(path)!r} cannot be read: {error.strerror}") from error
    key = None
    with contextlib.suppress(ValueError, UnsupportedAlgorithm):
        key = load_pem_public_key(data)
    if not isinstance(key, Ed25519PublicKey):
        raise RefusedError(f"{str(path)!r} holds no Ed25519 public key; ask the lab for its .pub file")
    lab = LAB_LINE.search(data.decode("utf-8", errors="replace"))
    if lab is None:
        raise RefusedError(f"{str(path)!r} does not say whose key it is: a line 'Lab: name' is missing")
    return LabKey(check_lab(lab[1].strip()), key)
