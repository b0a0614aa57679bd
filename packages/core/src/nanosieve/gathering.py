"""Results of single images to the tables and the summary of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from nanosieve.contract.failures import failure_schema
from nanosieve.contract.images import images_table
from nanosieve.errors import NanosieveError, one_line
from nanosieve.measuring import Failure, Unit
from nanosieve.models import Boundary
from nanosieve.naming import NamedImage
from nanosieve.readers.instrument import INSTRUMENT, MAGNIFICATION, RECORDED, VOLTAGE, WORKING_DISTANCE
from nanosieve.records import Record
from nanosieve.statistics.balance import balance
from nanosieve.statistics.options import StatisticsOptions
from nanosieve.statistics.sample import describe_sample
from nanosieve.table import Tables
from nanosieve.values import DETECTOR

if TYPE_CHECKING:
    from nanosieve.image_quality import Assessment
    from nanosieve.pipeline import Analysis

SIZE = "equivalent_diameter"
# What readers say of the microscope, by the same names in the metadata and the table.
NUMBERS = (VOLTAGE, WORKING_DISTANCE, MAGNIFICATION)
# What the provenance keeps of each image.
PROVENANCE = (
    "path",
    "sha256",
    "pixel_size_nm",
    "pixel_size_y_nm",
    "pixel_size_source",
    "pixel_size_confidence",
    INSTRUMENT,
    DETECTOR,
    *NUMBERS,
    RECORDED,
    "polarity",
    "model",
    "model_magnification",
    "boundary",
)


def image_row(image: NamedImage, digest: str, analysis: Analysis, quality: Assessment) -> dict[str, Any]:
    """The row of one image in ``images.csv``, counts left out; `digest` is the SHA-256 of its file."""
    micrograph = analysis.micrograph
    y_nm, x_nm = micrograph.pixel_size_nm or (None, None)
    frame = micrograph.frame
    assert frame is not None  # set by Micrograph itself
    return {
        "image": image.name,
        "stem": image.stem,
        "path": str(image.path),
        "sha256": digest,
        "pixel_size_nm": x_nm,
        "pixel_size_y_nm": y_nm,
        "pixel_size_source": micrograph.pixel_size_source,
        "pixel_size_confidence": micrograph.pixel_size_confidence,
        **{name: micrograph.metadata.get(name, "") for name in (INSTRUMENT, DETECTOR)},
        **{name: micrograph.metadata.get(name) for name in NUMBERS},
        RECORDED: micrograph.metadata.get(RECORDED, ""),
        "polarity": analysis.particles.micrograph.polarity or "",
        **{f"frame_{side}": int(value) for side, value in frame._asdict().items()},
        "geometry": analysis.particles.geometry,
        "model": analysis.segmentation.model,
        "model_magnification": analysis.segmentation.magnification,
        "boundary": analysis.boundary,
        **quality.columns(),
        "warnings": "; ".join((*micrograph.warnings, *analysis.segmentation.warnings, *quality.sentences)),
    }


def gather(
    records: Sequence[Record],
    failures: Sequence[Failure],
    unit: Unit,
    settings: Mapping[str, Any],
    *,
    empty: pd.DataFrame,
    interrupted: bool,
) -> Tables:
    """Join what single images gave; the statistics are still to come, see `with_statistics`.

    Parameters
    ----------
    empty : a table of particles without rows, for a run that found none
    interrupted : whether images are missing because the run was stopped
    """
    tables = [record.table for record in records if len(record.table)]
    particles = pd.concat(tables, ignore_index=True) if tables else empty
    counts = [balance(record.table) for record in records]
    reasons = sorted({name for count in counts for name in count} - {"detected", "accepted"})
    rows = [
        {
            **{name: value for name, value in record.image.items() if name != "warnings"},
            **{name: count.get(name, 0) for name in ("detected", "accepted", *reasons)},
            "warnings": record.image["warnings"],
        }
        for record, count in zip(records, counts, strict=True)
    ]
    columns = list(failure_schema().columns)
    column = f"{SIZE}_{unit}"
    summary = {
        "images": len(records),
        "failures": [asdict(failure) for failure in failures],
        "interrupted": interrupted,
        "balance": balance(particles),
        "size": column,
        "statistics": None,
        "provenance": {
            **settings,
            "images": {row["image"]: {name: row[name] for name in PROVENANCE if name in row} for row in rows},
        },
    }
    return Tables(
        particles=particles,
        images=images_table(rows, reasons),
        failures=pd.DataFrame([asdict(failure) for failure in failures], columns=columns, dtype="str"),
        summary=summary,
    )


def with_statistics(
    tables: Tables,
    unit: Unit,
    *,
    min_diameter_px: float,
    boundaries: Mapping[str, Boundary],
    options: StatisticsOptions,
) -> Tables:
    """The tables with the statistics of the sample in their summary, or with the failure that there are none.

    Parameters
    ----------
    min_diameter_px, boundaries, options : see `nanosieve.statistics.sample.describe_sample`
    """
    try:
        statistics = describe_sample(
            tables.particles,
            tables.images,
            unit,
            min_diameter_px=min_diameter_px,
            boundaries=boundaries,
            options=options,
        )
    except NanosieveError as error:  # the tables themselves must still be written
        return with_failures(tables, [Failure("", "statistics", one_line(error))])
    return replace(tables, summary={**tables.summary, "statistics": statistics.model_dump(mode="json")})


def with_failures(tables: Tables, failures: Sequence[Failure]) -> Tables:
    """The tables with further failures."""
    if not failures:
        return tables
    rows = [asdict(failure) for failure in failures]
    return replace(
        tables,
        failures=pd.concat([tables.failures, pd.DataFrame(rows)], ignore_index=True),
        summary={**tables.summary, "failures": [*tables.summary["failures"], *rows]},
    )
