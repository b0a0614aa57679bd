"""Where this lab keeps its own key and those of others."""

from __future__ import annotations

from pathlib import Path

from nanosieve_registry.exchange.trust import TrustStore
from nanosieve_registry.places import data_folder


def signing_folder() -> Path:
    """The folder of this lab's own key."""
    return data_folder() / "signing"


def trust_store() -> TrustStore:
    """The keys that this user trusts."""
    return TrustStore(data_folder() / "trust", signing_folder())
