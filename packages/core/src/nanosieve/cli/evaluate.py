"""nanosieve evaluate: how good a model is on labelled images."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Score a model on labelled micrographs.")

SOME_FAILED = 3
NONE_SCORED = 4
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

EXAMPLES = """
**Examples**

    nanosieve evaluate segmenter runs/my_model/bundle data.toml

    nanosieve evaluate segmenter threshold data.toml --split test --set method=otsu

    nanosieve evaluate segmenter models:/se-segmenter@champion data.toml --split all --limit 20 --out scores

    nanosieve evaluate segmenter runs/my_model/bundle data.toml --write-boundary

DATA is the TOML file that also describes the images for training. The folder gets scores.csv (each image), summary.csv,
boundary.csv (by how much diameters are off), failures.csv, scores.json with all that produced it, and worst.png, the
worst six images. Exit codes: 0 all scored, 2 wrong usage, 3 some images failed (see failures.csv), 4 no image could be
scored, 130 stopped by Ctrl-C.
"""

CLASSIFIER_EXAMPLES = """
**Examples**

    nanosieve evaluate classifier geometry data.toml --split test

    nanosieve evaluate classifier runs/my_shapes/bundle data.toml --confidence 0.9 --out scores

    nanosieve evaluate classifier models:/se-shapes@champion data.toml --segmenter models:/se-segmenter@champion

DATA is the TOML file that also describes the images for training, with the shapes of particles: classes = "classes.csv"
in a [[source]], a table with the columns image, instance and class, or format = "folders". The labelled particles are
classified as they are drawn, or with --segmenter those that it finds; a labelled particle that it does not find is
counted as missed, not as wrong. The folder gets particles.csv (each particle), classes.csv, confusion.csv and .png,
calibration.csv and .png, mistakes.png, the forty most confident ones, failures.csv, and scores.json with all that
produced it. Exit codes: 0 all scored, 2 wrong usage, 3 some images failed (see failures.csv), 4 no image could be
scored, 130 stopped by Ctrl-C.
"""


class SplitChoice(StrEnum):
    """Which images are scored."""

    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


@app.callback()
def evaluate() -> None:
    """Score a model on labelled micrographs."""


@app.command()
def segmenter(
    model: Annotated[str, typer.Argument(help="Plugin, model folder, or URI of a model.")],
    data: Annotated[Path, typer.Argument(help="TOML file that describes labelled images.")],
    split: Annotated[
        SplitChoice, typer.Option(help="Which images of the data are scored.")
    ] = SplitChoice.validation,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="OPTION=VALUE", help="An option of the segmenter; may be given several times."
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps, for plugins that can.")
    ] = "auto",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the scores.")] = Path("evaluation"),
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many images, evenly spread over the data.")
    ] = None,
    write_offset: Annotated[
        bool,
        typer.Option(
            "--write-boundary",
            help="Keep by how much the diameters are off in the card of the model, which must be a folder.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what scores.json holds instead of tables.")
    ] = False,
) -> None:
    """Score a segmenter: by pixel, by particle, and by the sizes that it would report."""
    from nanosieve.cli.progress import progress_over
    from nanosieve.cli.scores import print_scores
    from nanosieve.evaluation import Gallery, summarise
    from nanosieve.evaluation import evaluate as score
    from nanosieve.evaluation.card_boundary import bundle_folder, write_boundary
    from nanosieve.evaluation.files import as_json as to_json
    from nanosieve.evaluation.files import write_scores
    from nanosieve.evaluation.provenance import describe, warnings_of
    from nanosieve.evaluation.selection import select
    from nanosieve.host import Host
    from nanosieve.labelled import read_data
    from nanosieve.loading import load_segmenter
    from nanosieve.writing import make_folder

    folder = bundle_folder(model) if write_offset else None
    host = Host()
    loaded = load_segmenter(model, host, _options(setting or []), device)
    entries = select(read_data(data, host.readers).entries, split.value, limit, data)
    make_folder(out)
    provenance = describe(loaded, data, split.value, entries, host)
    gallery = Gallery()
    with progress_over(len(entries)) as report:
        evaluation = score(entries, loaded.tool, observe=gallery.add, report=report)
        report(len(entries), "", "computing intervals")
        summary = summarise(evaluation)
    write_scores(evaluation, summary, provenance, out)
    if len(evaluation.images):
        gallery.write(out / "worst.png")
    if as_json:
        import json

        typer.echo(json.dumps(to_json(evaluation, summary, provenance), indent=2, allow_nan=False))
    else:
        print_scores(evaluation, summary, len(entries), out)
    for warning in warnings_of(provenance):
        typer.echo(f"warning: {warning}", err=True)
    if folder is not None:
        boundary = write_boundary(evaluation, provenance, folder)
        typer.echo(f"boundary of {boundary.offset_px:+.3f} px written into the card of {folder}", err=True)
    if evaluation.interrupted:
        raise typer.Exit(INTERRUPTED)
    if evaluation.failures:
        raise typer.Exit(SOME_FAILED if len(evaluation.images) else NONE_SCORED)


segmenter.__doc__ = f"{segmenter.__doc__}\n{EXAMPLES}"


@app.command()
def classifier(
    model: Annotated[str, typer.Argument(help="Plugin, model folder, or URI of a model.")],
    data: Annotated[Path, typer.Argument(help="TOML file that describes labelled images and their shapes.")],
    split: Annotated[
        SplitChoice, typer.Option(help="Which images of the data are scored.")
    ] = SplitChoice.validation,
    segmenter: Annotated[
        str | None,
        typer.Option(help="Classify what this plugin or model finds instead of the labelled particles."),
    ] = None,
    confidence: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Least probability of the best class; below it the answer is unknown."
        ),
    ] = 0.75,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="OPTION=VALUE", help="An option of the classifier; may be given several times."
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps, for plugins that can.")
    ] = "auto",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the scores.")] = Path("evaluation"),
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many images, evenly spread over the data.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what scores.json holds instead of tables.")
    ] = False,
) -> None:
    """Score a classifier: by shape, by what it mixes up, and by whether its confidence can be trusted."""
    from nanosieve.cli.progress import progress_over
    from nanosieve.cli.shape_scores import print_shape_scores
    from nanosieve.evaluation.selection import select
    from nanosieve.evaluation.shapes import Mistakes, evaluate_shapes, score_shapes, with_classes
    from nanosieve.evaluation.shapes.files import as_json as to_json
    from nanosieve.evaluation.shapes.files import write_shape_scores
    from nanosieve.evaluation.shapes.provenance import describe, warnings_of
    from nanosieve.host import Host
    from nanosieve.labelled import read_data
    from nanosieve.loading import load_classifier, load_segmenter
    from nanosieve.quality import Rules
    from nanosieve.writing import make_folder

    host = Host()
    rules = Rules(confidence=confidence)
    loaded = load_classifier(model, host, _options(setting or []), device)
    finder = None if segmenter is None else load_segmenter(segmenter, host, device=device)
    labelled = read_data(data, host.readers).entries
    classed = with_classes(labelled, data)
    entries = select(classed, split.value, limit, data)
    make_folder(out)
    provenance = describe(loaded, finder, rules, data, split.value, entries, host)
    mistakes = Mistakes(tuple(loaded.tool.classes), rules.excluded_classes)
    with progress_over(len(entries)) as report:
        evaluation = evaluate_shapes(
            entries,
            loaded.tool,
            segmenter=finder.tool if finder else None,
            rules=rules,
            observe=mistakes.add,
            report=report,
        )
        report(len(entries), "", "computing intervals")
        scores = score_shapes(evaluation)
    write_shape_scores(evaluation, scores, provenance, out)
    mistakes.write(out / "mistakes.png")
    if as_json:
        import json

        typer.echo(json.dumps(to_json(evaluation, scores, provenance), indent=2, allow_nan=False))
    else:
        print_shape_scores(evaluation, scores, len(entries), out)
    if len(classed) < len(labelled):
        typer.echo(
            f"{len(labelled) - len(classed)} images of {data} name no shapes and are left out", err=True
        )
    for warning in warnings_of(provenance):
        typer.echo(f"warning: {warning}", err=True)
    if evaluation.interrupted:
        raise typer.Exit(INTERRUPTED)
    if evaluation.failures:
        raise typer.Exit(SOME_FAILED if evaluation.images else NONE_SCORED)


classifier.__doc__ = f"{classifier.__doc__}\n{CLASSIFIER_EXAMPLES}"


def _options(settings: list[str]) -> dict[str, object]:
    from nanosieve.cli.request import parse_value
    from nanosieve.errors import UsageError

    options: dict[str, object] = {}
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator:
            raise UsageError(f"--set {setting!r} must be OPTION=VALUE, for example --set method=otsu")
        options[name.strip()] = parse_value(value.strip())
    return options
