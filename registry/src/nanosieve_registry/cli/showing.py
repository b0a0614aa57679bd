"""nanosieve models show, diff, verify: what a version is, and whether it still is that."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nanosieve_registry.cli.options import AsJson, ModelReference, RegistryUri, open_registry

CHANGED = 5


def show(model: ModelReference, registry: RegistryUri = None, as_json: AsJson = False) -> None:
    """Show card, scores, aliases, origin and decisions of a version.

    **Examples**

        nanosieve models show spheres@champion

        nanosieve models show spheres/3 --json
    """
    from nanosieve_registry.describing import describe
    from nanosieve_registry.references import parse_reference

    opened = open_registry(registry)
    version = opened.version(parse_reference(model))
    described = describe(opened, version, opened.resolve(str(version)).folder)
    if as_json:
        import json

        typer.echo(json.dumps(described, indent=2))
        return
    _print(described)


def diff(
    first: ModelReference,
    second: Annotated[str, typer.Argument(metavar="MODEL", help="The other one.")],
    registry: RegistryUri = None,
    as_json: AsJson = False,
) -> None:
    """Show in which fields of their cards two versions differ.

    **Example**

        nanosieve models diff spheres/3 spheres@candidate
    """
    from nanosieve_registry.describing import differences, read_card

    opened = open_registry(registry)
    cards = [read_card(opened.resolve(model).folder) for model in (first, second)]
    rows = differences(cards[0], cards[1])
    if as_json:
        import json

        typer.echo(
            json.dumps([dict(zip(("field", "first", "second"), row, strict=True)) for row in rows], indent=2)
        )
        return
    if not rows:
        typer.echo("they are alike")
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    for heading in ("field", first, second):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)


def verify(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Versions to check. Default: all.")
    ] = None,
    registry: RegistryUri = None,
) -> None:
    """Fetch versions anew and check that they are what was published. Exit code 5 if one is not.

    **Examples**

        nanosieve models verify spheres@champion

        nanosieve models verify
    """
    from nanosieve import Host
    from nanosieve_registry.references import Reference, parse_reference
    from nanosieve_registry.verifying import verify as check

    opened, host = open_registry(registry), Host()
    references = (
        [parse_reference(model) for model in models]
        if models
        else [
            Reference(name=each.name, version=each.version)
            for versions in opened.models().values()
            for each in versions
        ]
    )
    problems = 0
    for reference in references:
        verified = check(opened, reference, host)
        problems += bool(verified.problem)
        typer.echo(f"{verified.version}: {verified.problem or 'as published'}", err=bool(verified.problem))
    if problems:
        raise typer.Exit(CHANGED)


def _print(described: dict[str, Any]) -> None:
    from nanosieve_registry.cli.deciding import sentence
    from nanosieve_registry.describing import text_of
    from nanosieve_registry.gate.decisions import Decision

    card = described["card"]
    aliases = " ".join(f"@{alias}" for alias in described["aliases"])
    typer.echo(f"{described['model']}/{described['version']} {aliases}".rstrip())
    rows = {
        "kind": described["kind"],
        "summary": card.get("summary"),
        "retired": described["retired"],
        "published": described["published"],
        "digest": f"sha256:{described['digest']}",
        "plugin": f"{card['plugin']} {card['plugin_version']}" if "plugin" in card else None,
        "licence": card.get("licence"),
        "classes": ", ".join(card.get("classes", ())),
        "diameters": _range(card.get("diameter_px"), "px"),
        "pixel sizes": _range(card.get("pixel_size_nm"), "nm"),
        "trained in": described["run"] and f"run {described['run']} of {described['run_store']}",
        "evaluated on": described["evaluation_set"] and _of_set(described["evaluation_set"]),
    }
    training = card.get("training") or {}
    if training:
        rows["learnt from"] = ", ".join(f"{count} of {name}" for name, count in training["sources"].items())
        rows["begun from"] = training.get("start") and f"sha256:{training['start']}"
    for part in ("segmenter", "classifier"):
        if isinstance(card.get(part), dict):
            rows[part] = (
                f"{card[part]['plugin']} {card[part]['plugin_version']} {card[part]['model']}".rstrip()
            )
    for name, value in rows.items():
        if value:
            typer.echo(f"  {name}: {value}")
    for score in card.get("scores", ()):
        typer.echo(f"  {score['metric']} {score['mean']:.3f}: {score['data']}, {score['images']} images")
    for decision in described["decisions"]:
        typer.echo(f"  {decision['when'][:10]} {decision['who']}: {sentence(Decision(**decision))}")
    if card.get("config"):
        typer.echo(f"  options: {text_of(card['config'])}")


def _range(limits: list[float] | None, unit: str) -> str:
    return "" if limits is None else f"{limits[0]:g} to {limits[1]:g} {unit}"


def _of_set(described: dict[str, Any]) -> str:
    return (
        f"{described['images']} images of {described['file']}, split {described['split']}, "
        f"fingerprint {described['fingerprint'][:12]}"
    )
