"""All registered models, one row each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nanosieve_registry.registry import Registry
from nanosieve_registry.versions import PLUGIN


def overview(registry: Registry) -> list[dict[str, Any]]:
    """One row a model by name: kind, plugin, number of versions, aliases, and when the newest was published."""
    rows = []
    for name, versions in registry.models().items():
        newest = versions[-1] if versions else None
        rows.append(
            {
                "name": name,
                "kind": newest.kind if newest else "",
                "plugin": newest.tags.get(PLUGIN, "") if newest else "",
                "versions": len(versions),
                "latest": newest.version if newest else None,
                "aliases": {alias: each.version for each in versions for alias in each.aliases},
                "published": day(newest.created) if newest else "",
            }
        )
    return rows


def day(milliseconds: int) -> str:
    """The date of a time in ms since 1970, UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d")
