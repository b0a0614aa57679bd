"""nanosieve train: labelled micrographs to a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nanosieve.fitting import FitProgress
    from nanosieve.recipes import Trainable

app = typer.Typer(no_args_is_help=True, help="Train a model on labelled micrographs.")

EXAMPLES = """
**Examples**

    nanosieve train segmenter my_model.toml --out runs/my_model

    nanosieve train segmenter my_model.toml --out runs/my_model --resume

    torchrun --nproc-per-node 4 -m nanosieve train segmenter my_model.toml --out runs/my_model

**The file**

    name = "my-particles"
    plugin = "unetpp"
    data = "data.toml"

    [model]
    encoder = "tu-regnetx_002"

    [training]
    epochs = 60
    weight_map = "intensity"

    [card]
    licence = "MIT"

`nanosieve plugins show unetpp` lists the options of model and training. The run folder holds history.csv, curves.png,
pictures of predictions and, at the end, the folder `bundle`, which `nanosieve analyze --segmenter` takes. After Ctrl-C
or a crash, `--resume` goes on from the last epoch. Exit codes: 0 done, 2 wrong usage or data, 130 stopped by Ctrl-C.
"""

SHAPE_EXAMPLES = """
**Examples**

    nanosieve train classifier my_shapes.toml --out runs/my_shapes

    nanosieve train classifier my_shapes.toml --out runs/my_shapes --resume

**The file**

    name = "my-shapes"
    plugin = "resnet34"
    data = "shapes.toml"

    [training]
    epochs = 60
    simulated = 0.5
    simulated_kinds = ["se"]

**shapes.toml** names images, label images and the class of each particle, or folders of pictures, one for each class:

    [[source]]
    name = "ours"
    images = "images"
    labels = "labels"
    classes = "classes.csv"

    [[source]]
    name = "crops"
    images = "crops"
    format = "folders"

classes.csv has the columns image, instance, class. `nanosieve plugins show resnet34` lists the options of model and
training. The folder `bundle` of the run is what `nanosieve analyze --classifier` takes. Exit codes: 0 done, 2 wrong
usage or data, 130 stopped by Ctrl-C.
"""

INTERRUPTED = 130

ConfigFile = Annotated[
    Path, typer.Argument(help="TOML file: name, plugin, data, [model], [training], [card].")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in the folder.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]
Track = Annotated[
    bool,
    typer.Option("--track/--no-track", help="Keep record of the run with the trackers that are installed."),
]


@app.command()
def segmenter(
    config: ConfigFile, out: Out, resume: Resume = False, device: Device = "auto", track: Track = True
) -> None:
    """Train a segmenter."""
    _train("segmenter", config, out, resume, device, track)


@app.command()
def classifier(
    config: ConfigFile, out: Out, resume: Resume = False, device: Device = "auto", track: Track = True
) -> None:
    """Train a classifier of shapes."""
    _train("classifier", config, out, resume, device, track)


def _train(kind: Trainable, config: Path, out: Path, resume: bool, device: str, track: bool) -> None:
    from nanosieve.cli.training_progress import training_progress
    from nanosieve.host import Host
    from nanosieve.recipes import make_job, train_model
    from nanosieve.tracking import Tracking

    host = Host()
    job = make_job(config, out, host, resume=resume, device=device, kind=kind)
    tracking = Tracking(job, host, lambda warning: typer.echo(warning, err=True))
    try:
        with training_progress() as show:

            def report(progress: FitProgress) -> None:
                show(progress)
                if track:
                    tracking.report(progress)

            folder = train_model(job, host, report, kind)
    except KeyboardInterrupt:
        tracking.end("stopped")
        typer.echo(f"stopped; the same command with --resume goes on from {out}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except BaseException:
        tracking.end("failed")
        raise
    if folder is None:  # a process that only helped
        return
    tracking.end("finished", folder)
    for place in tracking.places:
        typer.echo(f"record in {place}")
    typer.echo(f"model in {folder}")
    typer.echo(f"use it with: nanosieve analyze IMAGES --{kind} {folder}")


segmenter.__doc__ = f"{segmenter.__doc__}\n{EXAMPLES}"
classifier.__doc__ = f"{classifier.__doc__}\n{SHAPE_EXAMPLES}"
