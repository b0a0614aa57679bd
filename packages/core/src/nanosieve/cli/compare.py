"""nanosieve compare: several samples on one page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
**Examples**

    nanosieve compare batch_6 batch_7

    nanosieve compare batch_* --size feret_min --out batches.html

Each folder is one that `nanosieve analyze` wrote. Samples are called by what --about "sample=..." said, else by their
folder. Every sample is compared with every other one, and p values are corrected for all tests together (Holm).
"""


class SizeChoice(StrEnum):
    """By which size samples are compared."""

    equivalent_diameter = "equivalent_diameter"
    feret_min = "feret_min"
    feret_max = "feret_max"


def compare(
    folders: Annotated[list[Path], typer.Argument(help="Results folders, two or more.")],
    size: Annotated[
        SizeChoice, typer.Option(help="The size that is compared.")
    ] = SizeChoice.equivalent_diameter,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path("comparison.html"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparisons as JSON.")] = False,
) -> None:
    """Compare the particle sizes of several samples."""
    from nanosieve.contract.results import read_tables
    from nanosieve.host import Host
    from nanosieve.report.comparison_page import write_comparison
    from nanosieve.report.results import Results

    measures = Host().measures
    results = [Results(folder=folder, **vars(read_tables(folder, measures))) for folder in folders]
    comparisons = write_comparison(results, out, size.value)
    if as_json:
        import json

        typer.echo(json.dumps([each.model_dump(mode="json") for each in comparisons], indent=2))
        return
    for each in comparisons:
        typer.echo(each.sentence)
    typer.echo(f"report: {out}")


compare.__doc__ = f"{compare.__doc__}\n{EXAMPLES}"
