"""The tables of a run, and the schema that every table of particles must pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from nanosieve.measuring import EDGE_WEIGHT, PROBABILITY, ROUNDING, Unit
from nanosieve.specs import Measure


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The results of a run.

    Attributes
    ----------
    particles : one row a particle
    images : one row an image that was analysed
    failures : one row for each thing that went wrong
    summary : counts, statistics and provenance; plain JSON values
    """

    particles: pd.DataFrame
    images: pd.DataFrame
    failures: pd.DataFrame
    summary: dict[str, Any]


def particle_schema(measures: Sequence[Measure], unit: Unit) -> pa.DataFrameSchema:
    """Schema of a table of particles, made from the measures."""
    columns: dict[str, pa.Column] = {
        "image": pa.Column("str", nullable=False),
        "label": pa.Column("int64", pa.Check.ge(1)),
        "class": pa.Column("str", pa.Check.str_length(min_value=1)),
        "confidence": pa.Column("float64", [pa.Check.ge(0), pa.Check.le(1 + ROUNDING)], nullable=True),
        "accepted": pa.Column("bool"),
        "reason": pa.Column("str"),
        EDGE_WEIGHT: pa.Column(
            "float64",
            [pa.Check.ge(1), pa.Check(lambda values: ~np.isinf(values), name="finite")],
            nullable=True,
            description="Particles that this whole one stands for, nanosieve.edge_weights; empty where undefined.",
        ),
    }
    for measure in measures:
        columns[measure.column(unit)] = pa.Column(
            "float64", _checks(measure), nullable=True, title=measure.name, description=measure.summary
        )
    # one for each class of the classifier, and how many those are, only it knows
    columns[f"^{PROBABILITY}.+$"] = pa.Column(
        "float64", [pa.Check.ge(0), pa.Check.le(1 + ROUNDING)], regex=True, required=False
    )
    return pa.DataFrameSchema(
        columns,
        strict=True,
        ordered=True,
        unique=["image", "label"],
        checks=pa.Check(
            lambda table: table["accepted"] == (table["reason"] == ""),
            name="accepted means no reason",
            description="An excluded particle has a reason, an accepted one has none.",
        ),
    )


def _checks(measure: Measure) -> list[pa.Check]:
    checks = [pa.Check(lambda values: ~np.isinf(values), name="finite")]
    for limit, check, slack in (
        (measure.lower, pa.Check.ge, -ROUNDING),
        (measure.upper, pa.Check.le, ROUNDING),
    ):
        # limits of lengths are in px: `nanosieve.measuring.compute` has checked them before scaling
        if limit is not None and (measure.dimension == 0 or limit == 0):
            checks.append(check(limit + slack))
    return checks


def validate(table: pd.DataFrame, measures: Sequence[Measure], unit: Unit) -> pd.DataFrame:
    """The table itself, if it passes the schema.

    Raises
    ------
    pandera.errors.SchemaErrors
        With every check that failed.
    """
    return particle_schema(measures, unit).validate(table, lazy=True)


def empty_table(measures: Sequence[Measure], unit: Unit) -> pd.DataFrame:
    """A table of particles without rows."""
    columns = particle_schema(measures, unit).columns
    return pd.DataFrame(
        {name: pd.Series(dtype=str(column.dtype)) for name, column in columns.items() if column.required}
    )
