"""``nanosieve models``: the commands, which other files define."""

from __future__ import annotations

import typer

from nanosieve_registry.cli import (
    comparing,
    copying,
    deciding,
    examining,
    exchange,
    granting,
    keys,
    listing,
    migrating,
    publishing,
    serving,
    showing,
    trust,
)

HELP = """Versions of models: publish, compare, promote, take over from other laboratories.

MODEL is NAME@ALIAS, NAME/VERSION or NAME@sha256:DIGEST, and works as well for `nanosieve analyze --segmenter`. Without
further ado models are kept on this machine; `--registry` or `MLFLOW_TRACKING_URI` names a server.
"""

app = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")
app.command("list")(listing.list_models)
app.command()(showing.show)
app.command()(publishing.publish)
app.command()(publishing.fetch)
app.command()(comparing.compare)
app.command("evaluation-set")(comparing.evaluation_set)
app.command()(deciding.promote)
app.command()(deciding.rollback)
app.command()(deciding.history)
app.command()(showing.diff)
app.command()(showing.verify)
app.command()(deciding.retire)
app.command()(copying.copy)
app.command()(migrating.migrate)
app.command()(examining.doctor)
app.command()(granting.grant)
app.command()(serving.serve)
app.command()(exchange.export)
app.command()(exchange.inspect)
app.command("import")(exchange.import_model)
app.add_typer(keys.app, name="keys")
app.add_typer(trust.app, name="trust")


def add_commands(root: typer.Typer) -> None:
    """Add ``models`` to the command line."""
    root.add_typer(app, name="models")
