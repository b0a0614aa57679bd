"""nanosieve models trust: the labs whose models are taken."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The labs whose models are taken.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(help="Name of a lab, or the beginning of a fingerprint.")]


@app.command()
def add(
    keyfile: Annotated[Path, typer.Argument(help="The .pub file of the lab.")],
    fingerprint: Annotated[
        str | None,
        typer.Option(
            help="As the lab read it to you, by telephone or face to face; not copied from the file."
        ),
    ] = None,
) -> None:
    """Take models that a lab signs from now on.

    A key file can be exchanged on its way; what the lab says by another way cannot. Ask somebody there for what
    `nanosieve models keys` prints.

    **Example**

        nanosieve models trust add lab-a.pub --fingerprint "257c 4338 924f e2dd ... 0d64 6c01"
    """
    from nanosieve.errors import UsageError
    from nanosieve_registry.exchange.keys import read_public
    from nanosieve_registry.exchange.places import trust_store

    if fingerprint is None:
        lab = read_public(keyfile).lab
        raise UsageError(
            f"call {lab!r}, let them read what 'nanosieve models keys' prints there, "
            "and give it with --fingerprint; the file alone proves nothing"
        )
    key = trust_store().add(keyfile, fingerprint)
    typer.echo(f"models of {key.lab} that are signed with {key.keyid[:16]}... are taken from now on")


@app.command(name="list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the keys that are trusted, and those that were revoked."""
    import json

    from nanosieve_registry.exchange.keys import fingerprint
    from nanosieve_registry.exchange.places import trust_store

    store = trust_store()
    keys, revoked = store.trusted(), store.revoked()
    if as_json:
        found = {"trusted": [{"lab": key.lab, "keyid": key.keyid} for key in keys], "revoked": revoked}
        typer.echo(json.dumps(found, indent=2))
        return
    for key in keys:
        typer.echo(f"{key.lab}  {fingerprint(key.keyid)}")
    for keyid, reason in revoked.items():
        typer.echo(f"revoked  {fingerprint(keyid)}  {reason}")
    if not keys and not revoked:
        typer.echo("no lab is trusted yet; 'nanosieve models trust add KEYFILE --fingerprint ...' adds one")


@app.command()
def remove(named: Named) -> None:
    """Take no further models of a lab; its key can be added again."""
    from nanosieve_registry.exchange.places import trust_store

    for key in trust_store().remove(named):
        typer.echo(f"the key {key.keyid[:16]}... of {key.lab} is trusted no more")


@app.command()
def revoke(
    named: Named,
    reason: Annotated[str, typer.Option(help="Why: shown to whoever gets a file that it signed.")],
) -> None:
    """Never take what a key signed, even if somebody adds it again.

    For a key that was lost or stolen. What was imported before stays in the registry; `nanosieve models retire` marks
    it.

    **Example**

        nanosieve models trust revoke lab-a --reason "stolen laptop, told on 3 May"
    """
    from nanosieve_registry.exchange.places import trust_store

    for keyid in trust_store().revoke(named, reason):
        typer.echo(f"the key {keyid[:16]}... is revoked")
