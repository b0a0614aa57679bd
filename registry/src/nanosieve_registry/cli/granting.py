"""nanosieve models grant: who may do what with a model on a lab's server."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nanosieve_registry.cli.options import ModelName, RegistryUri, open_registry


class RoleChoice(StrEnum):
    """What somebody does with a model."""

    reader = "reader"
    publisher = "publisher"
    curator = "curator"


def grant(
    user: Annotated[str, typer.Argument(metavar="USER", help="Who has an account on the server.")],
    role: Annotated[
        RoleChoice,
        typer.Argument(
            metavar="ROLE",
            help="reader: fetches. publisher: also adds versions to NAME.proposed. "
            "curator: adds them to NAME and promotes.",
        ),
    ],
    name: ModelName,
    registry: RegistryUri = None,
) -> None:
    """Give a user the rights of a role on a model; earlier ones on it are replaced. For administrators of a server.

    **Example**

        nanosieve models grant anna publisher spheres --registry https://mlflow.lab.example
    """
    from nanosieve_registry.rights import grant as give

    for each in give(open_registry(registry), user, role.value, name):
        typer.echo(f"{each.permission or 'nothing'}  on model {each.model} and its experiment")
