"""JSON and texts of strangers: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from nanosieve_registry.exchange.refusal import RefusedError

# A terminal obeys some of these, where a report prints the text.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def parse(data: bytes, what: str) -> dict[str, Any]:
    """An object in UTF-8, without doubled names, NaN or infinity.

    Raises
    ------
    RefusedError
        If it is anything else.
    """
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite
        )
        if _holds_control(value):
            raise RefusedError(f"{what} holds control characters")
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise RefusedError(f"{what} cannot be read: {reason}") from error
    if not isinstance(value, dict):
        raise RefusedError(f"{what} must be an object, not a {type(value).__name__}")
    return value


def parse_text(data: bytes, what: str) -> str:
    """A text in UTF-8 without control characters, line ends and tabs excepted.

    Raises
    ------
    RefusedError
        If it is anything else.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(f"{what} is no text in UTF-8") from error
    if CONTROL.search(text.replace("\r\n", "\n")):
        raise RefusedError(f"{what} holds control characters")
    return text


def canonical(value: Any) -> bytes:
    """The one way to write a value: names sorted, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{doubled!r} is there twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is larger than any number")
    return value


def _holds_control(value: Any) -> bool:
    if isinstance(value, str):
        return CONTROL.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_control(name) or _holds_control(inner) for name, inner in value.items())
    return isinstance(value, list) and any(_holds_control(inner) for inner in value)
