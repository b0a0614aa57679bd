"""What is wrong with a table or a summary: each fault once, with its column and its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
import pandera.errors
import pandera.pandas as pa

from nanosieve.columns import EMPTY, type_of

# A person sees where the fault is from a few; the JSON has all.
ROWS_SHOWN = 8
VALUES_SHOWN = 3


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes
    ----------
    message : what it is, what instead, what to do
    column : the column, or the place in a summary; "" where the whole file is concerned
    rows : numbers of the rows, the first below the header is 1; () where all are concerned
    """

    message: str
    column: str = ""
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        where = [f"column {self.column!r}"] if self.column else []
        if self.rows:
            more = len(self.rows) - ROWS_SHOWN
            shown = ", ".join(map(str, self.rows[:ROWS_SHOWN]))
            where.append(
                f"{'row' if len(self.rows) == 1 else 'rows'} {shown}{f' and {more} more' * (more > 0)}"
            )
        return f"{', '.join(where)}: {self.message}" if where else self.message

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def schema_faults(schema: pa.DataFrameSchema, table: pd.DataFrame) -> list[Fault]:
    """All that a table breaks of a schema.

    Parameters
    ----------
    table : rows counted from 0 by its index
    """
    try:
        schema.validate(table, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return list(dict.fromkeys(_fault(error) for error in errors.schema_errors))
    return []


def _fault(error: pandera.errors.SchemaError) -> Fault:
    name = error.schema.name if isinstance(error.schema, pa.Column) else ""
    cases = error.failure_cases if isinstance(error.failure_cases, pd.DataFrame) else pd.DataFrame()
    rows = row_numbers(cases["index"].dropna()) if "index" in cases else ()
    check = error.check
    if isinstance(check, pa.Check):
        said = check.error or check.name or str(check)
        # of a check of whole rows the cases are all their cells
        if isinstance(error.schema, pa.DataFrameSchema) or said == EMPTY:
            return Fault(said, str(name or ""), rows)
        return Fault(f"{said}, not {some(cases['failure_case'])}", str(name or ""), rows)
    reason = error.reason_code
    if reason is pandera.errors.SchemaErrorReason.SERIES_CONTAINS_NULLS:
        return Fault(EMPTY, str(name or ""), rows)
    if reason is pandera.errors.SchemaErrorReason.DUPLICATES:
        return Fault(
            f"the same {' and '.join(error.schema.unique)} twice; each particle has one row", "", rows
        )
    if reason is pandera.errors.SchemaErrorReason.WRONG_DATATYPE:
        return Fault(f"must be {type_of(error.schema)}, not {some(cases['failure_case'])}", str(name or ""))
    return Fault(" ".join(str(error).split()), str(name or ""), rows)


def row_numbers(index: Iterable[Any]) -> tuple[int, ...]:
    """Rows counted from 0 to rows counted from 1, each once."""
    return tuple(sorted({int(row) + 1 for row in index}))


def some(values: Sequence[Any] | pd.Series) -> str:
    """A few values as one piece of text."""
    found = list(dict.fromkeys(repr(value) if isinstance(value, str) else f"{value}" for value in values))
    return ", ".join(found[:VALUES_SHOWN]) + (", ..." if len(found) > VALUES_SHOWN else "")
