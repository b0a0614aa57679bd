"""nanosieve models publish, fetch: bundles into the registry, and out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nanosieve_registry.cli.options import ModelReference, RegistryUri, open_registry


def publish(
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="Model folder, or any name of a model.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the registered model. [default: that of its card]")
    ] = None,
    alias: Annotated[str, typer.Option(help="Alias that points to the version afterwards.")] = "candidate",
    registry: RegistryUri = None,
) -> None:
    """Make a bundle the next version of a registered model.

    **Examples**

        nanosieve models publish runs/my_model/bundle --name spheres

        nanosieve models publish shipped:se-segmenter --registry http://server:5000
    """
    from nanosieve import Host
    from nanosieve.finding import find_model
    from nanosieve_registry.reading import read_facts

    folder = find_model(bundle, Host()).folder
    facts = read_facts(folder)
    opened = open_registry(registry)
    version = opened.publish(folder, name or facts.name, alias=alias)
    typer.echo(f"published {version} (@{alias}) in {opened.uri}")
    typer.echo(f"use it with: nanosieve analyze IMAGES --{facts.kind} {version}")


def fetch(
    model: ModelReference,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Copy the bundle into this folder, which must not exist."),
    ] = None,
    registry: RegistryUri = None,
) -> None:
    """Fetch a version, check it, and keep it here, where it works without the registry.

    **Examples**

        nanosieve models fetch spheres@champion

        nanosieve models fetch spheres/3 --out spheres_3
    """
    import shutil

    from nanosieve.errors import OutputError

    if out is not None and out.exists():
        raise OutputError(f"{str(out)!r} exists already; give another --out")
    resolved = open_registry(registry).resolve(model)
    if resolved.note:
        typer.echo(f"warning: {resolved.note}", err=True)
    if out is not None:
        shutil.copytree(resolved.folder, out)
    typer.echo(f"{resolved.name}/{resolved.version} sha256:{resolved.digest} in {out or resolved.folder}")
