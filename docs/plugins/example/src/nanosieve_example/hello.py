"""A command: nanosieve hello."""

import typer

import nanosieve


@nanosieve.hookimpl
def nanosieve_commands(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def hello() -> None:
        """Say hello from a plugin."""
        typer.echo("hello from nanosieve-example")
