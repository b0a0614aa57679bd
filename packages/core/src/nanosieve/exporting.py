"""Tables through exporters: each writes what it can, and one that fails stops no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nanosieve.errors import NanosieveError, OutputError, one_line
from nanosieve.guards import blame
from nanosieve.measuring import Failure
from nanosieve.specs import ExporterSpec
from nanosieve.table import Tables


def export_all(
    exporters: Mapping[str, ExporterSpec], tables: Tables, folder: Path
) -> tuple[list[Path], list[Failure]]:
    """Let every exporter write, those that describe the folder itself last.

    Parameters
    ----------
    exporters : by what error messages call them

    Returns
    -------
    paths that were written, and what failed

    Raises
    ------
    OutputError
        If the folder cannot be written to; the next exporter could not either.
    """
    written: list[Path] = []
    failures: list[Failure] = []
    for who, exporter in sorted(exporters.items(), key=lambda item: item[1].last):
        try:
            with blame(who):
                written += exporter(tables, folder)
        except OutputError:
            raise
        except NanosieveError as error:
            failures.append(Failure("", "exporting", one_line(error)))
    return written, failures
