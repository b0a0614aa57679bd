"""The table of images: where each picture came from, its scale, and how many particles it gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import pandas as pd
import pandera.pandas as pa

from nanosieve.columns import column, row_check, type_of
from nanosieve.image_quality.flags import FLAGS
from nanosieve.values import BoundaryTreatment, Confidence

CONFIDENCES: tuple[str, ...] = get_args(Confidence)
BOUNDARIES: tuple[str, ...] = get_args(BoundaryTreatment)
SHA256 = "^[0-9a-f]{64}$"
COUNTS = ("detected", "accepted")
LAST = "warnings"


def image_schema(reasons: Sequence[str] = ()) -> pa.DataFrameSchema:
    """Schema of ``images.csv``.

    Parameters
    ----------
    reasons : why particles were excluded; each is a column with their number
    """
    columns = {
        "image": column("str", "Name of the image, unique within a run.", filled=True),
        "stem": column("str", "What its files in the folder are called, without their ending.", filled=True),
        "path": column("str", "The file that was read.", filled=True),
        "sha256": column("str", "SHA-256 of the file.", pattern=SHA256),
        "pixel_size_nm": _pixel_size("Width"),
        "pixel_size_y_nm": _pixel_size("Height"),
        "pixel_size_source": column("str", "Who says so."),
        "pixel_size_confidence": column("str", "How far that can be trusted.", choices=CONFIDENCES),
        "instrument": column("str", "Name and number of the microscope, where the file has them."),
        "detector": column("str", "Detector, where the file names one."),
        "voltage_kv": column(
            "float64", "Accelerating voltage, where the file has it.", above=0, nullable=True, unit="kV"
        ),
        "working_distance_mm": column(
            "float64", "Working distance, where the file has it.", above=0, nullable=True, unit="mm"
        ),
        "microscope_magnification": column(
            "float64", "Magnification that the file states; no scale follows from it.", above=0, nullable=True
        ),
        "recorded": column("str", "When it was recorded, in the file's own words."),
        "polarity": column(
            "str",
            "Whether particles are brighter or darker than the ground; empty: not known.",
            choices=("bright", "dark", ""),
        ),
        **{
            f"frame_{side}": column("int64", f"{where} of the part that was analysed.", lower=0, unit="px")
            for side, where in (
                ("y0", "First row"),
                ("x0", "First column"),
                ("y1", "Row after the last"),
                ("x1", "Column after the last"),
            )
        },
        "geometry": column(
            "str",
            "Which outline was measured: the 0.5 contour or pixel edges.",
            choices=("subpixel", "pixel_edges"),
        ),
        "model": column("str", "Which model answered, where the segmenter chose among several."),
        "model_magnification": column(
            "float64", "Sides of the picture that the model saw over those of the micrograph.", above=0
        ),
        "boundary": column(
            "str",
            "What was done about where the model puts the edge of particles: outlines moved by what its card says, "
            "left although the card says it, or unknown.",
            choices=BOUNDARIES,
        ),
        **{
            flag.column: column(
                "float64",
                f"{flag.meaning} Flag above {flag.limit:g}.",
                lower=0,
                upper=flag.upper,
                nullable=True,
                unit=flag.unit,
            )
            for flag in FLAGS
        },
        "flags": column("str", "Names of the quality numbers above their limit, joined with `; `."),
        "detected": column("int64", "Particles found.", lower=0),
        "accepted": column("int64", "Particles that count.", lower=0),
        **{
            reason: column("int64", f"Particles excluded for the reason {reason!r}.", lower=0)
            for reason in reasons
        },
        LAST: column("str", "What a person should know, joined with `; `."),
    }
    return pa.DataFrameSchema(
        columns,
        strict=True,
        ordered=True,
        unique=["image"],
        checks=row_check(
            lambda table: table["detected"] == table[["accepted", *reasons]].sum(axis=1),
            ("detected", "accepted", *reasons),
            "detected must be accepted plus all reasons",
        ),
    )


def _pixel_size(side: str) -> pa.Column:
    return column("float64", f"{side} of a pixel; empty without a scale.", above=0, nullable=True, unit="nm")


def images_table(rows: Sequence[Mapping[str, Any]], reasons: Sequence[str]) -> pd.DataFrame:
    """Rows of images as a table with the types of the schema, also without rows."""
    columns = image_schema(reasons).columns
    types = {name: type_of(each) for name, each in columns.items()}
    return pd.DataFrame(rows, columns=None if rows else list(columns)).astype(types)


def reasons_among(columns: Iterable[object]) -> tuple[str, ...]:
    """The columns that count excluded particles: all that have no meaning of their own."""
    known = image_schema().columns
    return tuple(str(name) for name in columns if name not in known)
