"""nanosieve report: the page of a results folder, made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
**Examples**

    nanosieve report results

    nanosieve report 2026-11/gold --out gold.html

Everything is taken from the results folder; the micrographs are not needed. The page is one file that loads nothing:
it can be sent, archived and printed.
"""


def report(
    folder: Annotated[Path, typer.Argument(help="Folder that `nanosieve analyze` wrote.")] = Path("results"),
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The file to write. [default: report.html in the folder]", show_default=False
        ),
    ] = None,
) -> None:
    """Make the report of a results folder again."""
    from contextlib import nullcontext

    from nanosieve.contract.results import read_tables
    from nanosieve.host import Host
    from nanosieve.report.page import write_report
    from nanosieve.results_lock import results_lock

    tables = read_tables(folder, Host().measures)
    # an archive that cannot be written to can still be reported on
    with results_lock(folder) if out is None else nullcontext():
        typer.echo(write_report(tables, folder, out))


report.__doc__ = f"{report.__doc__}\n{EXAMPLES}"
