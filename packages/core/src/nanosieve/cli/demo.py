"""nanosieve demo: simulated micrographs, analysed and compared with the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from nanosieve.simulate import Simulated

SEED = 20


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for pictures and results.")] = Path(
        "nanosieve-demo"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Simulate three micrographs, analyse them, and compare what is found with the truth.

    **Example**

        nanosieve demo --out first_look
    """
    from nanosieve.batch import run
    from nanosieve.cli.progress import progress_over
    from nanosieve.cli.request import make_request
    from nanosieve.host import Host
    from nanosieve.simulate import KINDS, simulate, write
    from nanosieve.writing import make_folder

    make_folder(out)
    host = Host()
    request = make_request(host)
    with progress_over(2 * len(KINDS)) as report:
        pictures: dict[str, Simulated] = {}
        for done, kind in enumerate(KINDS):
            report(done, kind, "simulating")
            picture = simulate(kind, seed=SEED)
            path, *_ = write(picture, out / "pictures", kind, force=True)
            pictures[path.name] = picture
        paths = [out / "pictures" / name for name in pictures]
        outcome = run(
            paths,
            request,
            out / "results",
            host,
            report=lambda done, image, stage: report(len(KINDS) + done, image, stage),
        )
    table = outcome.tables.particles
    rows = [compare(name, picture, table[table["image"] == name]) for name, picture in pictures.items()]
    if as_json:
        import json

        typer.echo(json.dumps(rows, indent=2))
    else:
        _print(rows)
        typer.echo(f"report to look at: {outcome.folder / 'report.html'}")
        typer.echo(
            f"tables: {outcome.folder / 'particles.csv'} and its neighbours; answers: {out / 'pictures' / 'truth'}"
        )


def compare(name: str, picture: Simulated, found: pd.DataFrame) -> dict[str, Any]:
    """Truth against found of one picture: particles, median diameter, and share of each class.

    Sizes and classes are those of particles that count: whole ones, and what is found and accepted; agglomerates and
    covered particles are counted, not sized.
    """
    truth = picture.particles
    counts = ~truth["touches_edge"] & ~truth["class"].isin(["covered", "agglomerate"])
    whole = truth[counts]
    accepted = found[found["accepted"]]
    true_classes, found_classes = whole["class"], accepted["class"]
    shares = {
        each: (float((true_classes == each).mean()), float((found_classes == each).mean()))
        for each in true_classes.value_counts().index
    }
    return {
        "image": name,
        "particles": (len(truth), len(found)),
        "whole": (len(whole), len(accepted)),
        "median_diameter_nm": (
            float(whole["equivalent_diameter_nm"].median()),
            float(accepted["equivalent_diameter_nm"].median()),
        ),
        "class_share": shares,
    }


def _print(rows: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title="truth / found", title_justify="left", box=box.SIMPLE)
    for heading, justify in (
        ("image", "left"),
        ("particles", "right"),
        ("whole and accepted", "right"),
        ("median diameter, nm", "right"),
        ("share of classes, %", "left"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        shares = ", ".join(
            f"{name} {100 * truth:.0f} / {100 * found:.0f}"
            for name, (truth, found) in row["class_share"].items()
        )
        true_median, found_median = row["median_diameter_nm"]
        table.add_row(
            row["image"],
            "{} / {}".format(*row["particles"]),
            "{} / {}".format(*row["whole"]),
            f"{true_median:.1f} / {found_median:.1f}",
            shares,
        )
    Console(highlight=False).print(table)
