"""nanosieve models copy: from one registry to another."""

from __future__ import annotations

from typing import Annotated

import typer

from nanosieve_registry.cli.options import ModelReference, open_registry


def copy(
    model: ModelReference,
    source: Annotated[
        str | None, typer.Option("--from", metavar="URI", help="Registry. [default: as for other commands]")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--to", metavar="URI", help="Registry. [default: as for other commands]")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name there. [default: the same]")] = None,
) -> None:
    """Copy a version from one registry to another, where it becomes a candidate.

    Both must be reachable; between laboratories that are not connected, see `export` and `import`.

    **Example**

        nanosieve models copy spheres@champion --to http://server:5000
    """
    from nanosieve.errors import UsageError
    from nanosieve_registry.copying import copy as carry_over
    from nanosieve_registry.references import parse_reference

    there, here = open_registry(source), open_registry(target)
    if there.uri == here.uri:
        raise UsageError(f"both registries are {here.uri}; name another with --from or --to")
    version = carry_over(there, here, parse_reference(model), name)
    typer.echo(f"copied as {version} (@candidate) to {here.uri}")
