"""What a CSV file says of the images of a source."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from nanosieve.errors import DataError
from nanosieve.labelled.config import SourceConfig


def read_table(source: SourceConfig) -> dict[str, Mapping[str, str]]:
    """Rows by file name without ending.

    Raises
    ------
    DataError
        If the file cannot be read or lacks a column that the source names.
    """
    assert source.table is not None
    try:
        with source.table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{str(source.table)!r} cannot be read as CSV: {error}") from error
    wanted = [source.image_column, *([source.group_column] if source.group_column else []), *source.where]
    missing = [column for column in wanted if column not in columns]
    if missing:
        raise DataError(
            f"{str(source.table)!r} has no column {missing[0]!r}; there are {', '.join(columns) or 'none'}"
        )
    return {Path(row[source.image_column]).stem: row for row in rows}
