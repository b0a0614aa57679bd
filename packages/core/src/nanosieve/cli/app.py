"""The commands of nanosieve, those of plugins included."""

from __future__ import annotations

import importlib.metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from nanosieve.cli import analyze, compare, demo, evaluate, export, plugins, report, simulate, train, validate


class PluginGroup(TyperGroup):
    """The built-in commands, and those of plugins once somebody asks for a name that is not built in."""

    _loaded = False

    def list_commands(self, ctx: Any) -> list[str]:
        """All names."""
        self._load_plugins()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, or None."""
        if cmd_name not in self.commands:
            self._load_plugins()
        return super().get_command(ctx, cmd_name)

    def _load_plugins(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        from nanosieve.host import Host

        offered = typer.Typer()
        offered.callback()(lambda: None)
        Host().add_commands(offered)
        for name, command in get_group(offered).commands.items():
            # what is built in stays what it is
            self.commands.setdefault(name, command)


app = typer.Typer(
    name="nanosieve",
    cls=PluginGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nanosieve {importlib.metadata.version('nanosieve-core')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Particle sizes and shapes from electron micrographs.

    Start with `nanosieve demo`, then `nanosieve analyze my_images --out results`.
    """


app.command()(analyze.analyze)
app.command()(compare.compare)
app.command()(demo.demo)
app.command()(export.export)
app.command()(report.report)
app.command()(simulate.simulate)
app.command()(validate.validate)
app.add_typer(train.app, name="train")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(plugins.app, name="plugins")
