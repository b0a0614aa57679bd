"""Columns of tables: type, range, unit and meaning, declared once for the check and for the reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import pandera.pandas as pa

Type = Literal["str", "int64", "float64", "bool"]
# Of what is kept beside the check: pandera names a text by how it is stored, which is not the same everywhere.
TYPE = "type"
EMPTY = "must not be empty"


def column(
    dtype: Type,
    description: str,
    *,
    lower: float | None = None,
    upper: float | None = None,
    above: float | None = None,
    slack: float = 0,
    choices: Sequence[str] | None = None,
    pattern: str | None = None,
    filled: bool = False,
    nullable: bool = False,
    unit: str = "",
    source: str = "",
    title: str | None = None,
    regex: bool = False,
) -> pa.Column:
    """A column of a table.

    Parameters
    ----------
    description : its meaning, one sentence
    lower, upper : range, both included
    above : limit that is not included
    slack : by how much rounding may pass `lower` and `upper`
    choices : all values that there are
    pattern, filled : what a text must match; that it must not be empty
    nullable : whether a cell may be empty
    unit, source : for people
    title : the measure behind it
    regex : the name is a pattern, and any number of columns may match it
    """
    checks: list[pa.Check] = []
    if dtype == "float64":
        checks.append(pa.Check(lambda values: ~np.isinf(values), error="must be finite"))
    if lower is not None:
        checks.append(pa.Check.ge(lower - slack, error=f"must be at least {lower:g}"))
    if above is not None:
        checks.append(pa.Check.gt(above, error=f"must be above {above:g}"))
    if upper is not None:
        checks.append(pa.Check.le(upper + slack, error=f"must be at most {upper:g}"))
    if choices is not None:
        named = ", ".join(map(repr, choices))
        checks.append(pa.Check.isin(choices, error=f"must be one of {named}"))
    if pattern is not None:
        checks.append(pa.Check.str_matches(pattern, error=f"must match {pattern}"))
    if filled:
        checks.append(pa.Check.str_length(min_value=1, error=EMPTY))
    about: dict[str, Any] = {
        TYPE: dtype,
        "unit": unit,
        "source": source,
        "range": span(lower, upper, above, choices),
    }
    return pa.Column(
        dtype,
        checks,
        nullable=nullable,
        required=not regex,
        regex=regex,
        title=title,
        description=description,
        metadata=about,
    )


def row_check(holds: Callable[[pd.DataFrame], pd.Series], needs: Sequence[str], said: str) -> pa.Check:
    """A check of whole rows.

    Parameters
    ----------
    holds : a table to one bool a row
    needs : the columns that it looks at; where one is missing, which is a fault of its own, nothing is checked
    said : the rule, for people
    """
    return pa.Check(
        lambda table: holds(table) if set(needs) <= set(table) else True,
        name=said,
        error=said,
        description=said,
    )


def type_of(column: pa.Column) -> Type:
    """The type that a column was declared with."""
    found: Type = (column.metadata or {})[TYPE]
    return found


def span(
    lower: float | None, upper: float | None, above: float | None = None, choices: Sequence[str] | None = None
) -> str:
    """A range, for people: ``"0 to 1"``, ``">= 0"``."""
    if choices is not None:
        return ", ".join(f"`{choice}`" if choice else "empty" for choice in choices)
    if above is not None:
        return f"> {above:g}"
    if lower is not None and upper is not None:
        return f"{lower:g} to {upper:g}"
    if lower is not None:
        return f">= {lower:g}"
    return "" if upper is None else f"<= {upper:g}"
