"""Options given by a user, checked against the model that lists them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from nanosieve.errors import UsageError

C = TypeVar("C", bound=BaseModel)


def configure(config: type[C], options: Mapping[str, Any], what: str) -> C:
    """Options, checked.

    Raises
    ------
    UsageError
        Naming the option, the value and the remedy.
    """
    try:
        return config.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        option = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            options_there = _options_at(config, first["loc"][:-1])
            close = difflib.get_close_matches(str(first["loc"][-1]), options_there, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            known = ", ".join(options_there) or "none"
            raise UsageError(f"{what} has no option {option!r}{hint} Its options: {known}.") from error
        if not option:
            raise UsageError(f"{what}: {first['msg']}") from error
        if first["type"] == "missing":
            raise UsageError(f"{what}: option {option!r} is missing") from error
        raise UsageError(f"{what}: option {option!r} = {first['input']!r}: {first['msg']}") from error


def _options_at(config: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Names of the options of a nested model: ``("source", 0)`` is the model of the first source."""
    for part in path:
        if isinstance(part, str) and part in config.model_fields:
            inner = _model_in(config.model_fields[part].annotation)
            if inner is None:
                return []
            config = inner
    return list(config.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)
