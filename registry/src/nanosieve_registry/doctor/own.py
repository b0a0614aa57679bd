"""What belongs to this user alone: keys, cache, and the models that come along."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nanosieve.errors import ModelError, NanosieveError, one_line
from nanosieve.models import read_bundle
from nanosieve_registry.bundle_files import content_digest, digests_of
from nanosieve_registry.doctor.finding import Finding, good, hint, refused, wrong
from nanosieve_registry.exchange.signing_key import is_encrypted, own_public
from nanosieve_registry.exchange.trust import TrustStore

REINSTALL = "pip install --force-reinstall nanosieve-registry"
# Digits of a digest that a person compares.
SHOWN = 12


def check_shipped(models: Mapping[str, Path]) -> Finding:
    """Whether the models that come with nanosieve are there and whole.

    Parameters
    ----------
    models : folders by name
    """
    check = "shipped models"
    if not models:
        return wrong(check, "none came with this installation", REINSTALL)
    faults = []
    for name, folder in models.items():
        try:
            read_bundle(folder)
        except (NanosieveError, OSError) as error:
            faults.append(f"{name}: {one_line(error)}")
    if faults:
        return wrong(check, "; ".join(faults), REINSTALL)
    return good(check, f"{', '.join(models)} are whole")


def check_key(folder: Path) -> Finding:
    """This lab's own key, with which it signs."""
    check = "signing key"
    try:
        own = own_public(folder)
    except (NanosieveError, OSError) as error:
        return refused(check, error, "nanosieve models keys new")
    if own is None:
        return good(check, "none yet; the first export makes it")
    how = "encrypted" if is_encrypted(folder) else "not encrypted, `nanosieve models keys passphrase` does it"
    return good(check, f"of {own.lab}, {own.keyid[:SHOWN]}..., {how}")


def check_trust(store: TrustStore) -> Finding:
    """Keys of other labs: that they can be read, and that none of them was revoked."""
    check = "trusted labs"
    try:
        keys, revoked = store.trusted(), store.revoked()
    except (NanosieveError, OSError) as error:
        return refused(
            check, error, f"restore {str(store.folder)!r} from a backup; until then nothing is imported"
        )
    withdrawn = sorted({key.lab for key in keys if key.keyid in revoked})
    if withdrawn:
        return hint(
            check,
            f"keys of {', '.join(withdrawn)} lie in {str(store.folder)!r} and were revoked; what they sign is refused",
            "nanosieve models trust remove LAB",
        )
    labs = ", ".join(sorted({key.lab for key in keys})) or "none"
    return good(check, f"{labs}; revoked keys: {len(revoked)}")


def check_cache(folder: Path) -> Finding:
    """Whether the copies of models that were fetched are what they were."""
    check = "cache"
    names = [each for each in folder.glob("*") if each.is_dir() and _is_content(each.name)]
    changed = [each.name[:SHOWN] for each in names if not _unchanged(each)]
    if changed:
        return hint(
            check,
            f"{len(changed)} of {len(names)} copies in {str(folder)!r} were changed: {', '.join(changed)}",
            "nothing: each is thrown away and fetched anew when it is asked for",
        )
    return good(check, f"models in {str(folder)!r}: {len(names)}, as they were fetched")


def _is_content(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _unchanged(folder: Path) -> bool:
    try:
        return content_digest(digests_of(folder)) == folder.name
    except (ModelError, OSError):
        return False
