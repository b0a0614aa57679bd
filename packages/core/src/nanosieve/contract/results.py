"""The tables of a results folder read back, with the types that they were written with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nanosieve.contract.files import Checked, check_file
from nanosieve.errors import ResultsError
from nanosieve.specs import Measure
from nanosieve.table import Tables

FAULTS_SHOWN = 3


def read_tables(folder: Path, measures: Mapping[str, Measure]) -> Tables:
    """Read the tables of a run.

    Parameters
    ----------
    measures : all that there are, by name

    Raises
    ------
    ResultsError
        If the folder is none of a run, or a file is missing, damaged or breaks its contract.
    """
    if not (folder / "summary.json").is_file():
        raise ResultsError(
            f"{str(folder)!r} is no results folder, it has no summary.json; give the folder that "
            "nanosieve analyze has written into"
        )
    particles, images, failures, summary = (
        _sound(folder / name, measures)
        for name in ("particles.parquet", "images.csv", "failures.csv", "summary.json")
    )
    assert particles.table is not None
    assert images.table is not None
    assert failures.table is not None
    return Tables(
        particles=particles.table, images=images.table, failures=failures.table, summary=summary.summary
    )


def _sound(path: Path, measures: Mapping[str, Measure]) -> Checked:
    if not path.is_file():
        raise ResultsError(
            f"{str(path)!r} is missing; analyse again, with the same command and the same folder"
        )
    checked = check_file(path, measures)
    if checked.faults:
        more = len(checked.faults) - FAULTS_SHOWN
        said = "; ".join(map(str, checked.faults[:FAULTS_SHOWN])) + (f"; and {more} more" if more > 0 else "")
        raise ResultsError(
            f"{str(path)!r} breaks its contract: {said}; see nanosieve validate {str(path.parent)!r}"
        )
    return checked
