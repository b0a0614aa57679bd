"""nanosieve models compare, evaluation-set: which model is better, and on which images that is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nanosieve.cli.evaluate import SplitChoice
from nanosieve_registry.cli.options import AsJson, Device, ModelName, RegistryUri, open_registry

DataFile = Annotated[Path, typer.Argument(metavar="DATA", help="TOML file that describes labelled images.")]


def compare(
    first: Annotated[str, typer.Argument(help="Model: any name of one, or a folder.")],
    second: Annotated[str, typer.Argument(help="Model that may be better.")],
    data: Annotated[Path, typer.Option(help="TOML file that describes labelled images.")],
    split: Annotated[SplitChoice, typer.Option(help="Which of its images.")] = SplitChoice.test,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Score two models on the same images, and tell whether one is better beyond doubt. Nothing is changed.

    **Example**

        nanosieve models compare spheres@champion spheres@candidate --data data.toml --split test
    """
    from nanosieve import Host
    from nanosieve.cli.progress import progress_over
    from nanosieve.finding import find_model
    from nanosieve_registry.gate.comparing import compare as score
    from nanosieve_registry.gate.evaluation_sets import read_set
    from nanosieve_registry.gate.tools import load_tool
    from nanosieve_registry.gate.verdict import figures_of, text_of

    host = Host()
    tools = [load_tool(model, find_model(model, host).folder, host, device) for model in (first, second)]
    described, entries = read_set(data, split.value, host)
    with progress_over(2 * len(entries)) as report:
        comparison = score(tools[0], tools[1], entries, data, report)
    if as_json:
        import json

        typer.echo(json.dumps(figures_of(comparison, described), indent=2))
        return
    for difference in comparison.differences:
        typer.echo(text_of(difference))
    typer.echo("gain > 0: the second is better; in brackets its 95 % interval over images")
    for model, count in comparison.seen.items():
        if count:
            typer.echo(f"warning: {model} has learnt from {count} of these images", err=True)


def evaluation_set(
    name: ModelName,
    data: DataFile,
    split: Annotated[SplitChoice, typer.Option(help="Which of its images.")] = SplitChoice.test,
    registry: RegistryUri = None,
) -> None:
    """Register the labelled images on which versions of a model are compared before one is promoted.

    Kept are the fingerprint of images, labels and split, and where they lie; not the images.

    **Example**

        nanosieve models evaluation-set spheres data.toml --split test
    """
    from nanosieve import Host
    from nanosieve_registry.gate.evaluation_sets import read_set, register_set, registered_set

    opened = open_registry(registry)
    described, _ = read_set(data, split.value, Host())
    before = registered_set(opened, name)
    register_set(opened, name, described)
    typer.echo(
        f"versions of {name} are compared on {described.images} images of {described.file}, split {described.split}, "
        f"fingerprint {described.fingerprint[:12]}"
    )
    if before is not None and before.fingerprint != described.fingerprint:
        typer.echo(f"before it was {before.images} images of {before.file}, {before.fingerprint[:12]}")
