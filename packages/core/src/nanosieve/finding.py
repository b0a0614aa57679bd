"""What a user calls a model, to its bundle: a folder, a URI of a model store, or ``spheres@champion``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from nanosieve.errors import UsageError
from nanosieve.guards import blame
from nanosieve.host import Host
from nanosieve.models import CARD, PIPELINE_CARD
from nanosieve.specs import Context, Fetched, resolve

# One letter before a colon is a drive on Windows, not a scheme.
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
# How people write a version of a registered model without a scheme; MLflow allows neither / nor : in names.
REGISTERED = re.compile(
    r"[^/:@\\]+(?:/[1-9][0-9]*|/latest|@[A-Za-z0-9_-]+|@sha256:[0-9a-f]{8,64})",
)
# What answers them.
REGISTRY_SCHEME = "models"
HERE = Path()


@dataclass(frozen=True)
class Place:
    """Where a bundle was found.

    Attributes
    ----------
    folder : its folder, not yet read
    version : the exact version, where a store keeps several under one name
    note : what a reader of results must know of how it was found
    """

    folder: Path
    version: str = ""
    note: str = ""


def is_registered(reference: str, host: Host, base: Path = HERE) -> bool:
    """Whether a word without a scheme is meant for the registry: it has the form, and is no folder of a bundle.

    Parameters
    ----------
    base : folder that paths are relative to

    Raises
    ------
    UsageError
        If it may be either.
    """
    if not REGISTERED.fullmatch(reference):
        return False
    answered = any(REGISTRY_SCHEME in spec.schemes for spec in host.model_stores.values())
    path = base / reference
    if any((path / card).exists() for card in (CARD, PIPELINE_CARD)):
        if not answered:
            return False
        raise UsageError(
            f"{reference!r} is both a model folder here and the name of a registered model; "
            f"write {'./' + reference!r} for the folder, {f'{REGISTRY_SCHEME}:/{reference}'!r} for the registered model"
        )
    return answered or not path.exists()


def find_model(reference: str, host: Host, base: Path = HERE) -> Place:
    """The folder that a reference names; what is in it is for the caller to read.

    Parameters
    ----------
    base : folder that paths are relative to

    Raises
    ------
    UsageError
        If nothing, or more than one thing, is called so, or no model store answers.
    """
    scheme = SCHEME.match(reference)
    if scheme:
        return _fetch(reference, scheme[1].lower(), host)
    if is_registered(reference, host, base):
        return _fetch(f"{REGISTRY_SCHEME}:/{reference}", REGISTRY_SCHEME, host)
    path = base / reference
    if path.is_file() and any(path.suffix.lower() in spec.suffixes for spec in host.model_stores.values()):
        return _fetch(path.absolute().as_uri(), "file", host)
    return Place(path)


def _fetch(uri: str, scheme: str, host: Host) -> Place:
    suffix = PurePosixPath(unquote(urlsplit(uri).path)).suffix.lower()
    answering = [spec for spec in host.model_stores.values() if scheme in spec.schemes]
    stores = [spec for spec in answering if suffix in spec.suffixes] or [
        spec for spec in answering if not spec.suffixes
    ]
    if len(stores) != 1:
        known = ", ".join(sorted(f"{name}:" for spec in host.model_stores.values() for name in spec.schemes))
        count = "no model store answers" if not stores else f"{len(stores)} model stores answer"
        raise UsageError(f"{count} {scheme!r}: URIs such as {uri!r}. There are: {known}.")
    (spec,) = stores
    with blame(f"model store {spec.name!r} of {host.model_stores.provider(spec.name)}"):
        fetched = resolve(spec.build)(Context(config=spec.config())).fetch(uri)
    if isinstance(fetched, Fetched):
        return Place(fetched.folder, fetched.version, fetched.note)
    return Place(fetched)
