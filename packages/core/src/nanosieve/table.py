"""The tables of a run, and the schema that every table of particles must pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pa

from nanosieve.columns import column, row_check, type_of
from nanosieve.guards import ROW_SUM_TOLERANCE
from nanosieve.measuring import EDGE_WEIGHT, PROBABILITY, ROUNDING, Unit
from nanosieve.specs import Measure

# What tells a particle from all others.
IDENTITY = ("image", "label")


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
        "image": column("str", "Name of the image.", filled=True),
        "label": column("int64", "Number of the particle in the label image.", lower=1),
        "class": column("str", "Shape; `unknown` where none is likely enough.", filled=True),
        "confidence": column(
            "float64",
            "Probability of the likeliest class; empty without a classifier.",
            lower=0,
            upper=1,
            slack=ROUNDING,
            nullable=True,
        ),
        "accepted": column("bool", "Whether the particle counts."),
        "reason": column("str", "Why it does not: `edge`, `too_small`, ...; empty for an accepted one."),
        EDGE_WEIGHT: column(
            "float64",
            "How many particles of its size this whole one stands for; empty where undefined.",
            lower=1,
            nullable=True,
            source="Miles 1974; Lantuéjoul 1980",
        ),
    }
    for measure in measures:
        columns[measure.column(unit)] = _measured(measure, unit)
    # one for each class of the classifier, and how many those are, only it knows
    columns[f"^{PROBABILITY}.+$"] = column(
        "float64", "Probability of a class; together 1.", lower=0, upper=1, slack=ROUNDING, regex=True
    )
    return pa.DataFrameSchema(
        columns,
        strict=True,
        ordered=True,
        unique=list(IDENTITY),
        checks=[
            row_check(
                lambda table: table["accepted"] == (table["reason"] == ""),
                ("accepted", "reason"),
                "an excluded particle has a reason, an accepted one has none",
            ),
            row_check(_probabilities_add_up, (), "the probabilities of the classes must add up to 1"),
        ],
    )


def _measured(measure: Measure, unit: Unit) -> pa.Column:
    # limits of lengths are in px: `nanosieve.measuring.compute` has checked them before scaling
    lower, upper = (
        limit if limit is not None and (measure.dimension == 0 or limit == 0) else None
        for limit in (measure.lower, measure.upper)
    )
    return column(
        "float64",
        measure.summary,
        lower=lower,
        upper=upper,
        slack=ROUNDING,
        nullable=True,
        unit=("", unit, f"{unit}²")[measure.dimension],
        source=measure.source,
        title=measure.name,
    )


def _probabilities_add_up(table: pd.DataFrame) -> pd.Series:
    found = table.filter(regex=f"^{PROBABILITY}")
    if not found.shape[1]:
        return pd.Series(True, index=table.index)
    return (found.sum(axis=1) - 1).abs() <= ROW_SUM_TOLERANCE


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
        {name: pd.Series(dtype=type_of(each)) for name, each in columns.items() if each.required}
    )
