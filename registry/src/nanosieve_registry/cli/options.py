"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nanosieve.cli.evaluate import SplitChoice

if TYPE_CHECKING:
    from nanosieve_registry.registry import Registry

RegistryUri = Annotated[
    str | None,
    typer.Option(
        "--registry",
        metavar="URI",
        help="http://server:5000 or sqlite:///file.db. [default: MLFLOW_TRACKING_URI, else your own]",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ModelReference = Annotated[
    str, typer.Argument(metavar="MODEL", help="NAME@ALIAS, NAME/VERSION, NAME@sha256:DIGEST or models:/...")
]
ModelName = Annotated[str, typer.Argument(metavar="NAME", help="Name of a registered model.")]

Number = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="Number of the version.")]
Data = Annotated[
    Path | None,
    typer.Option(help="TOML file of the evaluation set, where it is not where it was registered."),
]
Split = Annotated[
    SplitChoice | None, typer.Option(help="Which of its images; that which is registered where left out.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps, for plugins that can.")]


def open_registry(uri: str | None) -> Registry:
    """The registry that a user means; what it has to say goes to the error stream."""
    from nanosieve_registry.registry import Registry

    return Registry(uri, say=lambda sentence: typer.echo(sentence, err=True))
