"""nanosieve validate: whether tables keep their contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nanosieve.contract.files import Checked

FAULTY = 3

EXAMPLES = """
**Examples**

    nanosieve validate results

    nanosieve validate results/particles.csv other_lab/table.parquet

    nanosieve validate results/summary.json --json

A file is a table of particles, images or failures, as CSV or Parquet, or a summary in JSON; its columns say which one.
In a folder each file is checked, and that they tell the same. All faults are listed at once; rows count from 1 below
the header. The columns are described in docs/reference/columns.md. Exit codes: 0 no faults, 2 wrong usage, 3 faults.
"""


def validate(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files, or results folders.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON.")] = False,
) -> None:
    """Check tables, also those of others: columns, units, types, ranges, labels."""
    from nanosieve.contract.files import check_file
    from nanosieve.contract.folders import check_folder
    from nanosieve.errors import UsageError
    from nanosieve.host import Host

    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no file or folder {str(path)!r}")
    host = Host()
    checked: list[Checked] = []
    for path in paths:
        checked += check_folder(path, host.measures) if path.is_dir() else [check_file(path, host.measures)]
    if as_json:
        import json

        valid = not any(each.faults for each in checked)
        typer.echo(json.dumps({"valid": valid, "files": [each.as_json() for each in checked]}, indent=2))
    else:
        for each in checked:
            _print(each)
        for problem in host.problems:
            typer.echo(f"plugin problem: {problem}", err=True)
    if any(each.faults for each in checked):
        raise typer.Exit(FAULTY)


validate.__doc__ = f"{validate.__doc__}\n{EXAMPLES}"


def _print(checked: Checked) -> None:
    what = (
        f", a {'summary' if checked.kind == 'summary' else f'table of {checked.kind}'}"
        if checked.kind
        else ""
    )
    rows = "" if checked.table is None else f", {len(checked.table)} rows"
    unit = f", in {checked.unit}" if checked.unit else ""
    count = len(checked.faults)
    verdict = "no faults" if not count else "1 fault" if count == 1 else f"{count} faults"
    typer.echo(f"{checked.path}{what}{rows}{unit}: {verdict}")
    for fault in checked.faults:
        typer.echo(f"  {fault}")
