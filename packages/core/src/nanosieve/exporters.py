"""The exporters of core: Parquet is the truth, CSV is for people and spreadsheets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nanosieve.table import Tables
from nanosieve.writing import write_whole

# Always written; the others are asked for.
CORE_EXPORTERS = ("csv", "parquet")
# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def parquet(tables: Tables, folder: Path) -> list[Path]:
    """Write ``particles.parquet``."""
    return [
        write_whole(
            folder / "particles.parquet", lambda target: tables.particles.to_parquet(target, index=False)
        )
    ]


def csv(tables: Tables, folder: Path) -> list[Path]:
    """Write ``particles.csv``, ``images.csv`` and ``failures.csv``."""
    return [
        write_csv(table, folder / f"{name}.csv")
        for name, table in (
            ("particles", tables.particles),
            ("images", tables.images),
            ("failures", tables.failures),
        )
    ]


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write a table whole; text that a spreadsheet would take for a formula is escaped."""
    texts = table.select_dtypes(include=["str", "object"])
    escaped = table.assign(**{str(name): texts[name].map(_escape) for name in texts})
    return write_whole(path, lambda target: escaped.to_csv(target, index=False, lineterminator="\n"))


def unescape(value: str) -> str:
    """Text as it was before `write_csv` escaped it."""
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA_STARTS) else value


def _escape(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value
