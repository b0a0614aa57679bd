"""The provenance of a run: a group a part, one line a fact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Lines = list[tuple[str, str]]
SINGLE = "run"
OFFER = re.compile(r"measure '(\w+)' of (.+)")


def provenance_groups(provenance: Mapping[str, Any]) -> dict[str, Lines]:
    """Lines by part (``"segmenter"``, ``"rules"``), those of no part under `SINGLE`.

    Images are left out: they have a table of their own.
    """
    groups: dict[str, Lines] = {SINGLE: []}
    for name, value in provenance.items():
        if name == "images":
            continue
        if name == "measures":
            groups[name] = _measures(value)
            continue
        if isinstance(value, Mapping):
            groups[name] = [line for key, inner in value.items() for line in _lines(key, inner)]
        else:
            groups[SINGLE] += _lines(name, value)
    return groups


def _measures(offers: Sequence[str]) -> Lines:
    """Names of measures by who offers them, of ``"measure 'area' of nanosieve-measures 0.1.0"``."""
    named: dict[str, list[str]] = {}
    for offer in offers:
        found = OFFER.fullmatch(offer)
        provider, name = (found[2], found[1]) if found else ("", offer)
        named.setdefault(provider, []).append(name)
    return [(provider or "others", ", ".join(sorted(names))) for provider, names in named.items()]


def _lines(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _lines(f"{name}.{key}", inner)
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        for number, inner in enumerate(value, 1):
            yield from _lines(f"{name}.{number}", inner)
    elif isinstance(value, list):
        yield name, ", ".join(map(str, value)) or "none"
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value or value == 0 else "none"
