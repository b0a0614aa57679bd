"""Options that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

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


def open_registry(uri: str | None) -> Registry:
    """The registry that a user means; what it has to say goes to the error stream."""
    from nanosieve_registry.registry import Registry

    return Registry(uri, say=lambda sentence: typer.echo(sentence, err=True))
