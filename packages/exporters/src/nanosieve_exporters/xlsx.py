"""A workbook with one sheet a table; numbers are numbers, and text is never taken for a formula."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from nanosieve.errors import UsageError
from nanosieve.exporters import FORMULA_STARTS
from nanosieve.table import Tables
from nanosieve.writing import write_whole
from nanosieve_exporters.flattening import flat

# Limits of the format, ECMA-376; Excel refuses a file that passes them.
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
# In characters: wide enough for the heading, but a sheet should show more than one column.
NARROWEST, WIDEST = 10, 40
SUMMARY_WIDTH = 70


def export(tables: Tables, folder: Path) -> list[Path]:
    """Write ``results.xlsx`` with the sheets particles, images, summary and failures.

    Raises
    ------
    UsageError
        If there are more rows, or longer texts, than the format has room for.
    """
    buffer = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        # Excel shows such a text as it is, also after somebody has edited the cell
        quoted = book.add_format({"quote_prefix": True})
        bold = book.add_format({"bold": True})
        for name, columns, rows in _sheets(tables):
            _write_sheet(book.add_worksheet(name), columns, rows, bold, quoted)
    return [write_whole(folder / "results.xlsx", lambda target: target.write_bytes(buffer.getvalue()))]


def _sheets(tables: Tables) -> Iterator[tuple[str, dict[str, int], Iterable[Sequence[Any]]]]:
    """Name, columns with their widths, and rows of each sheet."""
    for name, table in (("particles", tables.particles), ("images", tables.images)):
        yield name, _widths(table), table.itertuples(index=False, name=None)
    # what has a sheet of its own is left out
    provenance = {name: value for name, value in tables.summary["provenance"].items() if name != "images"}
    summary = {**tables.summary, "provenance": provenance}
    entries = flat({key: value for key, value in summary.items() if key != "failures"})
    yield "summary", {"name": SUMMARY_WIDTH, "value": WIDEST}, entries
    yield "failures", _widths(tables.failures), tables.failures.itertuples(index=False, name=None)


def _widths(table: pd.DataFrame) -> dict[str, int]:
    return {name: min(max(len(name) + 2, NARROWEST), WIDEST) for name in map(str, table)}


def _write_sheet(
    sheet: Worksheet, columns: dict[str, int], rows: Iterable[Sequence[Any]], bold: Format, quoted: Format
) -> None:
    for number, (name, width) in enumerate(columns.items()):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, name, bold)
    sheet.freeze_panes(1, 0)
    for row, values in enumerate(rows, 1):
        if row >= MOST_ROWS:
            raise UsageError(
                f"a sheet holds {MOST_ROWS - 1} rows, and {sheet.name!r} has more; use parquet or csv"
            )
        for number, value in enumerate(values):
            _write_cell(sheet, row, number, value, quoted)


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any, quoted: Format) -> None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        text = str(value)
        if len(text) > LONGEST_TEXT:
            raise UsageError(
                f"a cell holds {LONGEST_TEXT} characters, and row {row} of {sheet.name!r} has one of {len(text)}; "
                "use parquet or csv"
            )
        sheet.write_string(row, column, text, quoted if text.startswith(FORMULA_STARTS) else None)
