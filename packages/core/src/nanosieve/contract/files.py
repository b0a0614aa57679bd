"""The check of one file: a table of particles, images or failures, or a summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

import pandas as pd
import pandera.pandas as pa

from nanosieve.contract.cells import RawTable, read_raw, typed, without
from nanosieve.contract.failures import failure_schema
from nanosieve.contract.faults import Fault, schema_faults
from nanosieve.contract.images import image_schema
from nanosieve.contract.names import name_faults, unit_faults, unit_of
from nanosieve.contract.summary import summary_faults
from nanosieve.errors import ResultsError
from nanosieve.measuring import PROBABILITY, Unit
from nanosieve.specs import Measure
from nanosieve.table import particle_schema

Kind = Literal["particles", "images", "failures", "summary"]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the check of one file came to.

    Attributes
    ----------
    kind : what the file was taken for; None where it could not be read
    table : the cells that could be read, in the types of the contract; None for a summary
    unit : of lengths, in a table of particles
    summary : the plain JSON values of a summary
    """

    path: Path
    kind: Kind | None
    faults: tuple[Fault, ...]
    table: pd.DataFrame | None = None
    unit: Unit | None = None
    summary: Any = None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "file": str(self.path),
            "kind": self.kind,
            "rows": None if self.table is None else len(self.table),
            "unit": self.unit,
            "faults": [fault.as_json() for fault in self.faults],
        }


def check_file(path: Path, measures: Mapping[str, Measure]) -> Checked:
    """Check a CSV or Parquet table, or a summary in JSON.

    Parameters
    ----------
    measures : all that there are, by name
    """
    try:
        if path.suffix.lower() == ".json":
            return _check_summary(path)
        raw = read_raw(path)
    except ResultsError as error:
        return Checked(path=path, kind=None, faults=(Fault(str(error)),))
    kind = kind_of(raw.names)
    if kind == "particles":
        return _check_particles(path, raw, measures)
    return _check_plain(path, raw, kind)


def kind_of(names: tuple[str, ...]) -> Kind:
    """What a table is, by the names of its columns: that which it has the largest part of."""
    schemas: dict[Kind, pa.DataFrameSchema] = {
        "particles": particle_schema([], "nm"),
        "images": image_schema(),
        "failures": failure_schema(),
    }
    shares = {
        kind: sum(name in names for name in schema.columns) / len(schema.columns)
        for kind, schema in schemas.items()
    }
    return max(shares, key=lambda kind: shares[kind])


def _check_particles(path: Path, raw: RawTable, measures: Mapping[str, Measure]) -> Checked:
    unit = unit_of(raw.names, measures)
    wrong = unit_faults(raw.names, measures, unit)
    present = [measure for measure in measures.values() if measure.column(unit) in raw.names]
    schema = particle_schema(present, unit)
    required = [name for name, column in schema.columns.items() if column.required]
    known = {
        *required,
        *(measure.column(unit) for measure in measures.values()),
        *(name for name in raw.names if name.startswith(PROBABILITY)),
        *wrong,
    }
    columns = {name: measure.column(unit) for name, measure in measures.items()}
    faults = [*name_faults(raw.names, required, known, columns), *wrong.values()]
    return _checked(path, "particles", raw, schema, faults, unit)


def _check_plain(path: Path, raw: RawTable, kind: Kind) -> Checked:
    if kind == "failures":
        schema = failure_schema()
    else:
        plain = image_schema().columns
        counts = [name for name in raw.columns if name not in plain and _is_count(raw.columns[name])]
        schema = image_schema(counts)
    faults = name_faults(raw.names, list(schema.columns), list(schema.columns))
    return _checked(path, kind, raw, schema, faults)


def _checked(
    path: Path,
    kind: Kind,
    raw: RawTable,
    schema: pa.DataFrameSchema,
    faults: list[Fault],
    unit: Unit | None = None,
) -> Checked:
    cells = typed(raw, schema)
    found = [
        *faults,
        *cells.faults,
        *without(schema_faults(_for_foreign(schema, cells.table), cells.table), cells.unread),
    ]
    return Checked(path=path, kind=kind, faults=tuple(found), table=cells.table, unit=unit)


def _for_foreign(schema: pa.DataFrameSchema, table: pd.DataFrame) -> pa.DataFrameSchema:
    """The schema for the columns that are there, in any order: what is missing is said elsewhere."""
    columns = {name: column for name, column in schema.columns.items() if column.regex or name in table}
    return pa.DataFrameSchema(
        columns,
        # a part of what tells rows apart tells nothing
        unique=schema.unique if all(name in table for name in schema.unique or ()) else None,
        checks=schema.checks,
    )


def _is_count(cells: pd.Series) -> bool:
    """Whether a column of images without a meaning of its own counts the particles of a reason."""
    return bool(cells.astype("str").str.fullmatch(r"\d+").all())


def _check_summary(path: Path) -> Checked:
    try:
        summary = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (OSError, ValueError) as error:
        return Checked(path=path, kind=None, faults=(Fault(f"cannot be read as JSON: {error}"),))
    return Checked(path=path, kind="summary", faults=tuple(summary_faults(summary)), summary=summary)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON; what is not known is null")
