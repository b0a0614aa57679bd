"""nanosieve plugins: what can be chosen, who offers it, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

    from nanosieve.host import Catalogue, Host
    from nanosieve.specs import Spec

app = typer.Typer(help="What can be chosen, and who offers it.", no_args_is_help=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KindOption = Annotated[str | None, typer.Option("--kind", help="Only this kind, for example measures.")]


@app.callback(invoke_without_command=True)
def plugins(context: typer.Context, kind: KindOption = None, as_json: AsJson = False) -> None:
    """List what all plugins offer.

    **Examples**

        nanosieve plugins

        nanosieve plugins --kind measures

        nanosieve plugins show threshold
    """
    if context.invoked_subcommand is not None:
        return
    from nanosieve.host import Host

    host = Host()
    rows = [
        {
            "kind": catalogue.kind,
            "name": name,
            "summary": spec.summary,
            "distribution": catalogue.provider(name).distribution,
            "version": catalogue.provider(name).version,
        }
        for catalogue in _catalogues(host, kind)
        for name, spec in catalogue.items()
    ]
    problems = [str(problem) for problem in host.problems]
    disabled = [str(provider) for provider in host.disabled]
    if as_json:
        _print_json({"plugins": rows, "problems": problems, "disabled": disabled})
        return
    _print_rows(rows)
    for provider in disabled:
        typer.echo(f"switched off: {provider}")
    for problem in problems:
        typer.echo(f"problem: {problem}", err=True)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a plugin, as the list has it.")],
    kind: KindOption = None,
    as_json: AsJson = False,
) -> None:
    """Show the options of a plugin with defaults and meanings, and where it comes from.

    **Example**

        nanosieve plugins show threshold
    """
    from nanosieve.errors import UsageError
    from nanosieve.host import Host

    host = Host()
    catalogues = _catalogues(host, kind)
    found = [_describe(catalogue, name) for catalogue in catalogues if name in catalogue]
    if not found:
        # a name of two providers says so; else the catalogue with the closest name answers
        doubled = [catalogue for catalogue in catalogues if catalogue.claimed(name)]
        if doubled:
            doubled[0][name]
        raise UsageError(_unknown(name, catalogues))
    if as_json:
        _print_json(found)
        return
    for description in found:
        _print_description(description)


def _catalogues(host: Host, kind: str | None) -> list[Catalogue[Any]]:
    from nanosieve.errors import UsageError

    if kind is None:
        return list(host.catalogues.values())
    wanted = kind.replace("-", "_").replace(" ", "_")
    for plural, catalogue in host.catalogues.items():
        if wanted in (plural, catalogue.kind.replace(" ", "_")):
            return [catalogue]
    raise UsageError(f"there is no kind {kind!r}; there are {', '.join(host.catalogues)}")


def _describe(catalogue: Catalogue[Any], name: str) -> dict[str, Any]:
    spec, provider = catalogue[name], catalogue.provider(name)
    description = {
        "kind": catalogue.kind,
        "name": name,
        "summary": spec.summary,
        "distribution": provider.distribution,
        "version": provider.version,
        "plugin": provider.plugin,
        "source": _source(spec),
    }
    if catalogue.kind == "measure":
        description |= {
            "column": spec.column("nm"),
            "dimension": spec.dimension,
            "lower": spec.lower,
            "upper": spec.upper,
            "group": spec.group,
            "classes": list(spec.classes or ()),
            "definition": spec.source,
        }
    if hasattr(spec, "suffixes"):
        description["suffixes"] = list(spec.suffixes)
    if hasattr(spec, "schemes"):
        description["schemes"] = list(spec.schemes)
    if hasattr(spec, "config"):
        description["options"] = _options(spec.config)
    if getattr(spec, "fit", None) is not None:
        description["training_options"] = _options(spec.training)
    return description


def _options(config: type[BaseModel]) -> list[dict[str, Any]]:
    """Options of a model; those of a model inside it have its name and a dot before theirs."""
    from pydantic import BaseModel

    found: list[dict[str, Any]] = []
    for option, field in config.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += [{**each, "name": f"{option}.{each['name']}"} for each in _options(inner)]
            continue
        found.append(
            {
                "name": option,
                "type": _type_text(field.annotation),
                "default": field.get_default(call_default_factory=True),
                "meaning": field.description or "",
            }
        )
    return found


def _source(spec: Spec) -> str:
    """``package.module:attribute`` of what does the work."""
    for attribute in ("build", "compute", "read", "export"):
        lazy = getattr(spec, attribute, None)
        if isinstance(lazy, str):
            return lazy
        if lazy is not None:
            return f"{lazy.__module__}:{getattr(lazy, '__qualname__', type(lazy).__name__)}"
    return ""


def _type_text(annotation: Any) -> str:
    from typing import Literal, get_args, get_origin

    if get_origin(annotation) is Literal:
        return " | ".join(str(choice) for choice in get_args(annotation))
    return getattr(annotation, "__name__", str(annotation)) if not get_args(annotation) else str(annotation)


def _unknown(name: str, catalogues: list[Catalogue[Any]]) -> str:
    import difflib

    names = sorted({each for catalogue in catalogues for each in catalogue})
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"nothing is called {name!r}{hint} `nanosieve plugins` lists all names."


def _print_json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, indent=2, default=str))


def _print_rows(rows: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    for heading in ("kind", "name"):
        table.add_column(heading, no_wrap=True)
    table.add_column("summary")
    table.add_column("from", overflow="fold")
    for row in rows:
        table.add_row(row["kind"], row["name"], row["summary"], f"{row['distribution']} {row['version']}")
    Console(highlight=False).print(table)


OPTION_TABLES = {"options": "Options", "training_options": "Options of training"}


def _print_description(description: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(f"{description['kind']} {description['name']}: {description['summary']}", markup=False)
    for key, value in description.items():
        if key not in ("kind", "name", "summary", *OPTION_TABLES) and value not in ("", []):
            console.print(f"  {key}: {value}", markup=False, soft_wrap=True)
    for key, title in OPTION_TABLES.items():
        if description.get(key):
            _print_options(console, title, description[key])


def _print_options(console: Console, title: str, options: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, title=title, title_justify="left")
    for heading in ("option", "default", "type", "meaning"):
        table.add_column(heading, no_wrap=heading == "option")
    for option in options:
        table.add_row(option["name"], str(option["default"]), option["type"], option["meaning"])
    console.print(table)
