"""nanosieve export: results that are there already, in further formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SOME_FAILED = 3

EXAMPLES = """
**Examples**

    nanosieve export results --to xlsx

    nanosieve export results --to imagej --to qupath --to rocrate

    nanosieve export results --to coco --json

Nothing is analysed again: tables and outlines are those of the folder, and the files are written into it. What there
is: `nanosieve plugins`, exporters. Exit codes: 0 all written, 1 the folder holds no sound results, 2 wrong usage, 3 an
exporter failed.
"""


def export(
    folder: Annotated[Path, typer.Argument(help="Folder that analyze has written into.")],
    to: Annotated[list[str], typer.Option("--to", help="Exporter; may be given several times.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print files and failures as JSON.")] = False,
) -> None:
    """Write existing results in further formats."""
    from nanosieve.contract.results import read_tables
    from nanosieve.errors import UsageError
    from nanosieve.exporting import export_all
    from nanosieve.host import Host
    from nanosieve.results_lock import results_lock

    host = Host()
    exporters = host.exporters.pick(to)
    if not folder.is_dir():
        raise UsageError(f"there is no folder {str(folder)!r}")
    tables = read_tables(folder, host.measures)
    with results_lock(folder):
        written, failures = export_all(exporters, tables, folder)
    if as_json:
        import json

        typer.echo(
            json.dumps(
                {"written": [str(path) for path in written], "failures": [each.error for each in failures]}
            )
        )
    else:
        for path in written:
            typer.echo(path)
        for failure in failures:
            typer.echo(f"failed: {failure.error}", err=True)
    if failures:
        raise typer.Exit(SOME_FAILED)


export.__doc__ = f"{export.__doc__}\n{EXAMPLES}"
