"""Cells of a foreign table: files to columns of the types that the contract asks for."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from nanosieve.columns import Type, type_of
from nanosieve.contract.faults import Fault, row_numbers, some
from nanosieve.errors import ResultsError
from nanosieve.exporters import unescape

# How programs write that a number is not there.
NOTHING = ("", "nan", "na", "n/a", "null", "none")
TRUTHS = ("true", "false")
OTHER_SEPARATORS = (";", "\t")


@dataclass(frozen=True)
class RawTable:
    """A table as its file has it.

    Attributes
    ----------
    names : of all columns, also where two are alike
    columns : the first column of each name
    typed : whether the file itself gives types
    """

    names: tuple[str, ...]
    columns: dict[str, pd.Series]
    rows: int
    typed: bool


@dataclass(frozen=True)
class TypedTable:
    """Columns of the types asked for, and which cells could not be made so.

    Attributes
    ----------
    unread : by column the rows, counted from 0, whose cells stand for nothing
    """

    table: pd.DataFrame
    faults: list[Fault]
    unread: dict[str, set[int]] = field(default_factory=dict)


def read_raw(path: Path) -> RawTable:
    """Read a CSV or Parquet file without a judgement on its columns.

    Raises
    ------
    ResultsError
        If it is no such file, or damaged.
    """
    try:
        return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except UnicodeDecodeError as error:
        raise ResultsError(f"is not in UTF-8: {error}; save it as CSV in UTF-8") from error
    except (OSError, ValueError, csv.Error, arrow.ArrowException) as error:
        raise ResultsError(f"cannot be read as {path.suffix[1:].upper() or 'CSV'}: {error}") from error


def _read_parquet(path: Path) -> RawTable:
    found = pq.read_table(path)
    names = tuple(found.column_names)
    columns = {name: found.column(names.index(name)).to_pandas() for name in dict.fromkeys(names)}
    return RawTable(names, columns, found.num_rows, typed=True)


def _read_csv(path: Path) -> RawTable:
    # with "utf-8-sig" the mark that Excel sets at the beginning is no part of the first name
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = tuple(next(csv.reader(file), ()))
    if not names:
        raise ResultsError("is empty; a table has at least a line with the names of its columns")
    for separator in OTHER_SEPARATORS:
        if len(names) == 1 and separator in names[0]:
            raise ResultsError(
                f"is separated by {separator!r}; save it with commas, and with points in numbers"
            )
    # names of a file may be alike, numbers are not
    keys = [str(number) for number in range(len(names))]
    ragged: list[Any] = []

    def pass_over(row: Any) -> str:
        ragged.append(row)
        return "skip"

    # a last line end, so that a file of one line has a line to pass over
    content = path.read_bytes().rstrip(b"\r\n") + b"\n"
    found = arrow_csv.read_csv(
        arrow.BufferReader(content),
        # without threads, each bad row comes with its number
        read_options=arrow_csv.ReadOptions(column_names=keys, skip_rows=1, use_threads=False),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=pass_over),
        convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(keys, arrow.string())),
    )
    if ragged:
        first = ragged[0]
        more = f" and other numbers in {len(ragged) - 1} further rows" if len(ragged) > 1 else ""
        raise ResultsError(
            f"has {len(names)} names of columns, but {first.actual_columns} cells in row {first.number - 1}{more}"
        )
    columns = {
        name: found.column(str(names.index(name))).to_pandas().astype("str") for name in dict.fromkeys(names)
    }
    return RawTable(names, columns, found.num_rows, typed=False)


def typed(raw: RawTable, schema: pa.DataFrameSchema) -> TypedTable:
    """The columns of `raw` that the schema knows, in its types.

    A cell that cannot be made so is a fault, and stands for nothing in `table`.
    """
    columns, faults, unread = {}, [], {}
    for name, series in raw.columns.items():
        wanted = _dtype(name, schema)
        if wanted is None:
            continue
        problem = _wrong_type(series, wanted) if raw.typed else None
        if raw.typed and not problem:
            columns[name] = series.astype(wanted)
            continue
        columns[name], bad = _convert(series.astype("str"), wanted)
        if bad.size:
            unread[name] = set(bad.tolist())
        if problem:
            faults.append(Fault(problem, name))
        elif bad.size:
            faults.append(_unreadable(name, series.iloc[bad], wanted))
    table = pd.DataFrame(columns, index=range(raw.rows))
    return TypedTable(table, faults, unread)


def _dtype(name: str, schema: pa.DataFrameSchema) -> Type | None:
    for pattern, column in schema.columns.items():
        if name == pattern or (column.regex and pd.Series([name]).str.match(pattern).item()):
            return type_of(column)
    return None


def _wrong_type(series: pd.Series, wanted: Type) -> str | None:
    """What is wrong with the type of a column of a file that has types; what loses nothing is right."""
    kind = series.dtype.kind if isinstance(series.dtype, np.dtype) else ""
    right = {
        "str": pd.api.types.is_string_dtype(series) or isinstance(series.dtype, pd.CategoricalDtype),
        "bool": kind == "b",
        "int64": kind in "iu" and kind != "",
        # a column without any number has no type of its own
        "float64": (kind in "iuf" and kind != "") or bool(series.isna().all()),
    }[wanted]
    return None if right or not len(series) else f"must be {wanted}, not {series.dtype}"


def _convert(cells: pd.Series, wanted: Type) -> tuple[pd.Series, np.ndarray]:
    """The cells in the type, and the rows of those that could not be converted."""
    if wanted == "str":
        return cells.astype("str").map(unescape, na_action="ignore"), np.empty(0, np.intp)
    texts = cells.str.strip()
    if wanted == "bool":
        lower = texts.str.lower()
        return lower == "true", np.flatnonzero(~lower.isin(TRUTHS))
    nothing = texts.str.lower().isin(NOTHING) | texts.isna()
    numbers = pd.to_numeric(texts.where(~nothing, "nan"), errors="coerce").astype("float64")
    bad = numbers.isna() & ~nothing
    if wanted == "float64":
        return numbers, np.flatnonzero(bad)
    bad |= nothing | (numbers % 1 != 0)
    # unread cells must not look like one another
    stand_in = pd.Series(-1 - np.arange(len(numbers)), index=numbers.index)
    return numbers.where(~bad, stand_in).astype("int64"), np.flatnonzero(bad)


def _unreadable(name: str, cells: pd.Series, wanted: Type) -> Fault:
    what = {"bool": "True or False", "int64": "a whole number", "float64": "a number"}[wanted]
    hint = "; write a point in numbers, not a comma" if cells.str.fullmatch(r"-?\d+,\d+").any() else ""
    return Fault(f"must be {what}, not {some(cells)}{hint}", name, row_numbers(cells.index))


def without(faults: Sequence[Fault], unread: dict[str, set[int]]) -> list[Fault]:
    """Faults of values, without the rows whose cell could not be read in the first place.

    Parameters
    ----------
    faults : a fault without a column is one of whole rows
    """
    anywhere = set().union(*unread.values()) if unread else set()
    kept = []
    for fault in faults:
        silent = unread.get(fault.column, set()) if fault.column else anywhere
        rows = tuple(row for row in fault.rows if row - 1 not in silent)
        if rows or not fault.rows:
            kept.append(Fault(fault.message, fault.column, rows))
    return kept
