"""nanosieve models promote, rollback, retire, history: which version is the champion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nanosieve_registry.cli.options import (
    AsJson,
    Data,
    Device,
    ModelName,
    Number,
    RegistryUri,
    Split,
    open_registry,
)

if TYPE_CHECKING:
    from nanosieve_registry.gate.decisions import Decision

Why = Annotated[str, typer.Option(help="Why; it is recorded.", show_default=False)]


def promote(
    name: ModelName,
    version: Number,
    data: Data = None,
    split: Split = None,
    force: Annotated[
        bool, typer.Option("--force", help="Promote without comparing; needs --reason.")
    ] = False,
    reason: Why = "",
    device: Device = "auto",
    registry: RegistryUri = None,
) -> None:
    """Make a version the champion, if it is better than the present one.

    Both are scored on the registered evaluation set, image by image. It is promoted if the 95 % interval of its
    gain lies above 0, on 10 images or more of which it has learnt from none.

    **Examples**

        nanosieve models evaluation-set spheres data.toml --split test

        nanosieve models promote spheres 4

        nanosieve models promote spheres 4 --force --reason "the old one misreads the new detector"
    """
    from nanosieve import Host
    from nanosieve.cli.progress import progress_over
    from nanosieve_registry.gate.promoting import promote as decide

    decision = decide(
        open_registry(registry),
        name,
        version,
        Host(),
        data=data,
        split=split.value if split else None,
        device=device,
        force=force,
        reason=reason,
        progress=progress_over,
    )
    _say(name, decision)


def rollback(name: ModelName, reason: Why = "", registry: RegistryUri = None) -> None:
    """Make the version the champion that was it before.

    **Example**

        nanosieve models rollback spheres --reason "too many particles are joined"
    """
    from nanosieve_registry.gate.promoting import rollback as decide

    _say(name, decide(open_registry(registry), name, reason))


def retire(name: ModelName, version: Number, reason: Why = "", registry: RegistryUri = None) -> None:
    """Mark a version as one that should not be used; it can still be fetched, with a warning.

    **Example**

        nanosieve models retire spheres 2 --reason "trained on wrong labels"
    """
    from nanosieve_registry.gate.promoting import retire as decide

    decide(open_registry(registry), name, version, reason)
    typer.echo(f"{name}/{version} is retired: {reason}")


def history(name: ModelName, registry: RegistryUri = None, as_json: AsJson = False) -> None:
    """List what was decided about the versions of a model, the newest last.

    **Example**

        nanosieve models history spheres
    """
    from dataclasses import asdict

    from nanosieve_registry.gate.decisions import history as decided
    from nanosieve_registry.gate.promoting import champion_of

    opened = open_registry(registry)
    decisions = decided(opened, name)
    champion = champion_of(opened, name)
    if as_json:
        import json

        typer.echo(json.dumps([asdict(decision) for decision in decisions], indent=2))
        return
    for decision in decisions:
        typer.echo(f"{decision.when[:19].replace('T', ' ')}  {decision.who}  {sentence(decision)}")
    last = next((each.after for each in reversed(decisions) if each.what != "retire"), None)
    if champion is not None and champion.version != last:
        how = "published as champion" if last is None else "moved without a decision of nanosieve"
        typer.echo(f"champion is {champion}, {how}")
    elif champion is None and not decisions:
        typer.echo(f"nothing was decided about {name!r}")


def sentence(decision: Decision) -> str:
    """A decision for people."""
    change = f"{decision.what} {decision.before or '-'} -> {decision.after or '-'}"
    parts = [change, "forced" if decision.forced else "", decision.reason]
    differences = decision.figures.get("differences")
    if differences:
        first = differences[0]
        parts.append(
            f"{first['score']} {first['first']:.3g} -> {first['second']:.3g}, gain {first['gain']:.2g} "
            f"({first['low']:.2g} to {first['high']:.2g}) on {first['images']} images"
        )
    return "  ".join(part for part in parts if part)


def _say(name: str, decision: Decision) -> None:
    typer.echo(f"champion of {name} is version {decision.after}; it was {decision.before or 'none'}")
    for difference in decision.figures.get("differences", ()):
        typer.echo(
            f"  {difference['score']}: {difference['first']:.4g} -> {difference['second']:.4g}, "
            f"gain {difference['gain']:.3g} ({difference['low']:.3g} to {difference['high']:.3g}, "
            f"{difference['images']} images)"
        )
