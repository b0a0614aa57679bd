"""nanosieve models list: all registered models."""

from __future__ import annotations

import typer

from nanosieve_registry.cli.options import AsJson, RegistryUri, open_registry


def list_models(registry: RegistryUri = None, as_json: AsJson = False) -> None:
    """List the registered models with their aliases.

    **Examples**

        nanosieve models list

        nanosieve models list --registry http://server:5000 --json
    """
    from nanosieve_registry.overview import overview

    opened = open_registry(registry)
    rows = overview(opened)
    if as_json:
        import json

        typer.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        typer.echo(f"no models in {opened.uri}")
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    for heading in ("model", "kind", "versions", "aliases", "plugin", "published"):
        table.add_column(heading, no_wrap=heading == "model")
    for row in rows:
        aliases = ", ".join(f"@{alias} = {number}" for alias, number in row["aliases"].items())
        table.add_row(
            row["name"], row["kind"], str(row["versions"]), aliases, row["plugin"], row["published"]
        )
    Console(highlight=False).print(table)
