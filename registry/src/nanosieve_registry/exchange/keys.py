"""Keys of labs: their files, their identity, and how people compare them."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from nanosieve.errors import UsageError
from nanosieve.writing import write_text
from nanosieve_registry.exchange.refusal import RefusedError

LAB = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
PUBLIC = ".pub"
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
    """The key that this lab signs with; `nanosieve_registry.exchange.signing_key` keeps it."""

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


def write_public(path: Path, public: LabKey) -> Path:
    """Write what other labs get: the lab and the key, in PEM; not the fingerprint, which they should be told."""
    return write_text(path, f"Lab: {public.lab}\n{public_pem(public.key)}")


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
    return parse_public(data.decode("utf-8", errors="replace"), path)


def parse_public(text: str, path: Path) -> LabKey:
    """The public key in a text, and the lab that it says before; see `read_public`."""
    key = None
    with contextlib.suppress(ValueError, UnsupportedAlgorithm):
        key = load_pem_public_key(text.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise RefusedError(f"{str(path)!r} holds no Ed25519 public key; ask the lab for its .pub file")
    return LabKey(lab_of(text, path), key)


def lab_of(text: str, path: Path) -> str:
    """The lab that a key file names before the key.

    Raises
    ------
    RefusedError
        If it names none.
    """
    lab = LAB_LINE.search(text)
    if lab is None:
        raise RefusedError(f"{str(path)!r} does not say whose key it is: a line 'Lab: name' is missing")
    return check_lab(lab[1].strip())


def public_pem(key: Ed25519PublicKey) -> str:
    """A public key in PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
