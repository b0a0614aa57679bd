"""The results of a run to files: exporters, tables, summary, report, and last what describes them all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from nanosieve.errors import NanosieveError, OutputError, one_line
from nanosieve.exporters import CORE_EXPORTERS
from nanosieve.exporting import export_all
from nanosieve.gathering import with_failures
from nanosieve.guards import blame
from nanosieve.measuring import Failure
from nanosieve.specs import ExporterSpec
from nanosieve.table import Tables
from nanosieve.writing import write_text


def write_results(
    tables: Tables,
    exporters: Mapping[str, ExporterSpec],
    folder: Path,
    *,
    report: bool,
    stage: Callable[[str], None] = lambda name: None,
) -> tuple[Tables, tuple[Path, ...]]:
    """Write all that a run came to; whoever fails is a row of the failures, and stops no other.

    Parameters
    ----------
    exporters : by what error messages call them
    report : whether ``report.html`` is written
    stage : called with the name of each stage as it begins

    Returns
    -------
    the tables with all failures, as they were written, and the paths

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    core = {who: each for who, each in exporters.items() if each.name in CORE_EXPORTERS}
    last = {who: each for who, each in exporters.items() if each.last}
    others = {who: each for who, each in exporters.items() if who not in {**core, **last}}
    stage("writing tables")
    written, failures = export_all(others, tables, folder)
    # then the exporters of core, whose tables hold the failures of the others
    tables, files = _write_tables(with_failures(tables, failures), core, folder)
    if report:
        stage("writing the report")
        page, failures = _write_report(tables, folder)
        written += page
        if failures:
            tables, files = _write_tables(with_failures(tables, failures), core, folder)
    described, failures = export_all(last, tables, folder)
    if failures:
        tables, files = _write_tables(with_failures(tables, failures), core, folder)
    return tables, (*written, *files, *described)


def _write_tables(
    tables: Tables, core: Mapping[str, ExporterSpec], folder: Path
) -> tuple[Tables, tuple[Path, ...]]:
    written, failures = export_all(core, tables, folder)
    tables = with_failures(tables, failures)
    summary = write_text(folder / "summary.json", json.dumps(tables.summary, indent=2) + "\n")
    return tables, (*written, summary)


def _write_report(tables: Tables, folder: Path) -> tuple[list[Path], list[Failure]]:
    from nanosieve.report.page import write_report  # matplotlib is heavy, and not everybody wants a page

    try:
        with blame("the report"):
            return [write_report(tables, folder)], []
    except OutputError:
        raise
    except NanosieveError as error:
        return [], [Failure("", "reporting", one_line(error))]
