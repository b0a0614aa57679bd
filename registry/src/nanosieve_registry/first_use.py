"""The models that come with nanosieve become versions in this user's own registry."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from nanosieve.models import CARD, file_sha256
from nanosieve.writing import write_text
from nanosieve_registry.shipped import shipped_models

if TYPE_CHECKING:
    from nanosieve_registry.registry import Registry

# Beside the database: the digests of what was registered, so that what a user deletes stays deleted.
MARK = "shipped.json"


def register_shipped(registry: Registry, folder: Path, say: Callable[[str], None]) -> None:
    """Register the shipped models that this store has not seen.

    The first version of a name becomes the champion. A later one is a candidate: an update of nanosieve changes no
    results.

    Parameters
    ----------
    folder : of the database
    say : called with a sentence for people
    """
    if is_registered(folder):
        return
    models, digests = shipped_models(), _digests()
    with filelock.FileLock(folder / f"{MARK}.lock"):
        new = {name: digest for name, digest in digests.items() if digest not in _seen(folder)}
        if not new:  # another process has done it meanwhile
            return
        told = []
        for name in new:
            alias = "candidate" if registry.versions(name) else "champion"
            version = registry.publish(models[name], name, alias=alias)
            told.append(f"{version} (@{alias})")
        write_text(folder / MARK, json.dumps(sorted({*_seen(folder), *digests.values()})) + "\n")
    say(f"registered the models that come with nanosieve in {registry.uri}: {', '.join(told)}")


def is_registered(folder: Path) -> bool:
    """Whether a store has seen all models that come with this nanosieve."""
    return set(_digests().values()) <= _seen(folder)


def _digests() -> dict[str, str]:
    return {name: file_sha256(bundle / CARD) for name, bundle in shipped_models().items()}


def _seen(folder: Path) -> set[str]:
    try:
        return set(json.loads((folder / MARK).read_text("utf-8")))
    except (OSError, ValueError):
        return set()
