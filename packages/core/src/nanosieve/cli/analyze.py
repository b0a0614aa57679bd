"""nanosieve analyze: micrographs to tables."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nanosieve.batch import Outcome

SOME_FAILED = 3
NONE_READABLE = 4
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

EXAMPLES = """
**Examples**

    nanosieve analyze image.tif

    nanosieve analyze lab/se "lab/stem/*.tif" --out results

    nanosieve analyze scans --pixel-size "7.34 nm" --polarity dark

    nanosieve analyze lab/se --about "sample=Gold, batch 7" --about "operator=M. Curie"

    nanosieve analyze scans --units px --set segmenter.method=li --set rules.min_diameter_px=5

    nanosieve analyze scans --segmenter spheres@champion --classifier shapes/3

Options of a plugin: `nanosieve plugins show threshold`. Exit codes: 0 all done, 2 wrong usage, 3 something failed
(see failures.csv), 4 no image could be analysed, 130 stopped by Ctrl-C; the same command goes on from there.
"""


class Units(StrEnum):
    """Unit of lengths in the tables."""

    nm = "nm"
    px = "px"


class PolarityChoice(StrEnum):
    """Whether particles are brighter or darker than the ground."""

    auto = "auto"
    bright = "bright"
    dark = "dark"


def analyze(
    paths: Annotated[list[str], typer.Argument(help="Images, folders of images, or patterns in quotes.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("results"),
    segmenter: Annotated[
        str, typer.Option(help="Plugin, model folder, or URI of a model: what finds the particles.")
    ] = "auto",
    classifier: Annotated[
        str,
        typer.Option(
            help="Plugin, model folder, or URI of a model: what tells shapes apart; 'none' for sizes only."
        ),
    ] = "auto",
    pipeline: Annotated[
        str | None,
        typer.Option(
            help="Whole pipeline, folder or URI: segmenter, classifier, measures and settings in one.",
        ),
    ] = None,
    measure: Annotated[
        list[str] | None, typer.Option(help="Only these measures; may be given several times. Default: all.")
    ] = None,
    pixel_size: Annotated[
        str | None,
        typer.Option(
            help='Size of a pixel: "7.34 nm", or "7.34 x 7.40 nm" for x and y; over that of the file.'
        ),
    ] = None,
    units: Annotated[Units, typer.Option(help="Unit of the tables; nm needs a pixel size.")] = Units.nm,
    polarity: Annotated[
        PolarityChoice, typer.Option(help="Whether particles are brighter or darker than the ground.")
    ] = PolarityChoice.auto,
    confidence: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Least probability of a class. [default: 0.75]", show_default=False),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PART.OPTION=VALUE",
            help="An option of the segmenter, the classifier or the rules; may be given several times.",
        ),
    ] = None,
    about: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="What the report is to name: sample, instrument, operator, ...; may be given several times.",
        ),
    ] = None,
    edge_correction: Annotated[
        bool, typer.Option(help="Weigh particles by their chance of lying whole in the frame.")
    ] = True,
    calibration_uncertainty: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=100,
            metavar="PERCENT",
            help="Relative standard uncertainty of the pixel size; default: by who states the size.",
            show_default=False,
        ),
    ] = None,
    report_page: Annotated[
        bool, typer.Option("--report/--no-report", help="Write report.html, the page to look at.")
    ] = True,
    export: Annotated[
        list[str] | None,
        typer.Option(help="Further exporters beside csv and parquet; may be given several times."),
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps, for plugins that can.")
    ] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Do again what an earlier run has done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Find, classify and measure the particles in micrographs."""
    from dataclasses import replace

    from nanosieve.batch import run
    from nanosieve.cli.progress import progress_over
    from nanosieve.cli.request import make_request, parse_about
    from nanosieve.cli.results import print_outcome
    from nanosieve.host import Host
    from nanosieve.reading import find_images
    from nanosieve.statistics.options import StatisticsOptions

    host = Host()
    request = make_request(
        host,
        segmenter=segmenter,
        classifier=None if classifier == "none" else classifier,
        measures=measure or [],
        exporters=export or [],
        settings=setting or [],
        confidence=confidence,
        pixel_size=pixel_size,
        unit=units.value,
        polarity=polarity.value,
        device=device,
        pipeline=pipeline,
    )
    for note in request.notes:
        typer.echo(f"warning: {note}", err=True)
    request = replace(
        request,
        about=parse_about(about or []),
        report=report_page,
        statistics=StatisticsOptions(
            edge_correction=edge_correction, calibration_uncertainty=calibration_uncertainty
        ),
    )
    images = find_images(paths, host.readers)
    with progress_over(len(images)) as report:
        outcome = run(images, request, out, host, force=force, report=report)
    if as_json:
        import json

        typer.echo(json.dumps(outcome.tables.summary, indent=2))
    else:
        print_outcome(outcome, len(images), host.problems)
    code = exit_code(outcome)
    if code:
        raise typer.Exit(code)


analyze.__doc__ = f"{analyze.__doc__}\n{EXAMPLES}"


def exit_code(outcome: Outcome) -> int:
    """0 where all went well, else what the help says."""
    if outcome.interrupted:
        return INTERRUPTED
    if outcome.tables.images.empty:
        return NONE_READABLE
    return 0 if outcome.tables.failures.empty else SOME_FAILED
