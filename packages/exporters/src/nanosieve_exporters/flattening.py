"""Nested values as a list of names and plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def flat(values: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Nested JSON values as names with dots and plain values; a list of plain values is one text."""
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(values, list | tuple) and any(
        isinstance(value, Mapping | list | tuple) for value in values
    ):
        for number, value in enumerate(values, 1):
            yield from flat(value, f"{name}.{number}")
    else:
        yield name, json.dumps(values, ensure_ascii=False) if isinstance(values, list | tuple) else values
