"""A results folder read back: the tables and the summary, as a run wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from nanosieve.errors import ResultsError
from nanosieve.exporters import read_csv

T = TypeVar("T")
# Names are text even where they look like numbers ("001") or like nothing ("NA").
TEXT_OF_IMAGES = (
    "image",
    "stem",
    "path",
    "sha256",
    "pixel_size_source",
    "polarity",
    "geometry",
    "model",
    "warnings",
)
TEXT_OF_FAILURES = ("image", "stage", "error")
SUMMARY_NEEDS = ("balance", "size", "classes", "statistics", "provenance")


@dataclass(frozen=True, kw_only=True)
class Results:
    """What a run left in its folder.

    Attributes
    ----------
    particles, images, failures : as `nanosieve.table.Tables` has them
    summary : plain JSON values
    """

    folder: Path
    particles: pd.DataFrame
    images: pd.DataFrame
    failures: pd.DataFrame
    summary: dict[str, Any]

    @property
    def size(self) -> str:
        """The column of the table that sizes are taken from."""
        return str(self.summary["size"])

    @property
    def unit(self) -> str:
        """Unit of lengths: ``"nm"`` or ``"px"``."""
        return self.size.rpartition("_")[2]

    @property
    def accepted(self) -> pd.DataFrame:
        """The particles that count."""
        return self.particles[self.particles["accepted"]]


def read_results(folder: Path) -> Results:
    """Read a results folder.

    Raises
    ------
    ResultsError
        If it is none, or a file is missing or damaged.
    """
    if not (folder / "summary.json").is_file():
        raise ResultsError(
            f"{str(folder)!r} is no results folder: it has no summary.json; give the folder that "
            "`nanosieve analyze` wrote with --out"
        )
    summary = _read(folder / "summary.json", lambda path: json.loads(path.read_text(encoding="utf-8")))
    missing = [name for name in SUMMARY_NEEDS if name not in summary]
    if missing:
        raise ResultsError(
            f"summary.json in {str(folder)!r} has no {', '.join(map(repr, missing))}; it is of another version: "
            "analyse again, with the same command and the same folder"
        )
    return Results(
        folder=folder,
        particles=_read(folder / "particles.parquet", pd.read_parquet),
        images=_read(folder / "images.csv", lambda path: read_csv(path, TEXT_OF_IMAGES)),
        failures=_read(folder / "failures.csv", lambda path: read_csv(path, TEXT_OF_FAILURES)),
        summary=summary,
    )


def _read(path: Path, read: Callable[[Path], T]) -> T:
    try:
        return read(path)
    except FileNotFoundError as error:
        raise ResultsError(
            f"{str(path)!r} is missing; analyse again, with the same command and the same folder"
        ) from error
    except (OSError, ValueError) as error:  # pyarrow's and JSON's own errors are ValueErrors
        raise ResultsError(f"{str(path)!r} cannot be read: {error}; analyse again") from error
