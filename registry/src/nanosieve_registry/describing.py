"""All that the registry knows of a version, and what distinguishes two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nanosieve.models import CARD, PIPELINE_CARD
from nanosieve_registry.gate.decisions import history
from nanosieve_registry.gate.evaluation_sets import registered_set
from nanosieve_registry.overview import day
from nanosieve_registry.registry import Registry
from nanosieve_registry.versions import RUN, RUN_STORE, Version

# Of lists that are too long to be read, such as the images of training, the length is told.
LONGEST_LIST = 12


def describe(registry: Registry, version: Version, folder: Path) -> dict[str, Any]:
    """Card, aliases, lineage and decisions of a version, plain JSON values.

    Parameters
    ----------
    folder : of its bundle
    """
    evaluation_set = registered_set(registry, version.name)
    return {
        "model": version.name,
        "version": version.version,
        "kind": version.kind,
        "aliases": list(version.aliases),
        "published": day(version.created),
        "digest": version.digest,
        "retired": version.retired or None,
        "run": version.run_id or version.tags.get(RUN),
        "run_store": registry.uri if version.run_id else version.tags.get(RUN_STORE),
        "evaluation_set": asdict(evaluation_set) if evaluation_set else None,
        "card": read_card(folder),
        "decisions": [
            asdict(decision)
            for decision in history(registry, version.name)
            if version.version in (decision.before, decision.after)
        ],
        "tags": dict(version.tags),
    }


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a bundle that was checked, as it is written."""
    name = PIPELINE_CARD if (folder / PIPELINE_CARD).exists() else CARD
    card: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    return card


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Fields of two cards that are not alike: name with dots, and both values; "-" where there is none."""
    left, right = dict(_flat(first)), dict(_flat(second))
    names = [*left, *(name for name in right if name not in left)]
    rows = [(name, left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)]
    return [(name, *_pair(before, after)) for name, before, after in rows]


def _pair(before: Any, after: Any) -> tuple[str, str]:
    """Two values for people; of long lists what only one of them has."""
    if isinstance(before, list) and isinstance(after, list) and max(len(before), len(after)) > LONGEST_LIST:
        only_before = sum(each not in after for each in before)
        only_after = sum(each not in before for each in after)
        return (
            f"{len(before)} entries, {only_before} only here",
            f"{len(after)} entries, {only_after} only here",
        )
    return text_of(before), text_of(after)


def text_of(value: Any) -> str:
    """A value of a card for people."""
    if value is None:
        return "-"
    if isinstance(value, list) and len(value) > LONGEST_LIST:
        return f"{len(value)} entries"
    return value if isinstance(value, str) else json.dumps(value)


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
