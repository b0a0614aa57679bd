"""nanosieve models keys: the key that this lab signs with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nanosieve_registry.exchange.keys import OwnKey

app = typer.Typer(help="The key that this lab signs with.", no_args_is_help=False)


@app.callback(invoke_without_command=True)
def show(context: typer.Context) -> None:
    """Show the fingerprint of this lab's key, to be read to other labs, and the file that they need.

    **Examples**

        nanosieve models keys

        nanosieve models keys new --lab lab-a
    """
    if context.invoked_subcommand is not None:
        return
    from nanosieve.errors import UsageError
    from nanosieve_registry.exchange.keys import own_key
    from nanosieve_registry.exchange.places import signing_folder

    own = own_key(signing_folder())
    if own is None:
        raise UsageError("this lab has no key yet; make one with 'nanosieve models keys new --lab NAME'")
    print_key(own)


@app.command()
def new(
    lab: Annotated[
        str | None, typer.Option(help="Name of this lab; that of the key before, if there is one.")
    ] = None,
) -> None:
    """Make a key, the first or one that replaces another; files that were signed before keep their signature.

    **Example**

        nanosieve models keys new --lab lab-a
    """
    from nanosieve_registry.exchange.keys import create_key, fingerprint, own_key
    from nanosieve_registry.exchange.places import signing_folder

    folder = signing_folder()
    before = own_key(folder)
    own = create_key(folder, lab or (before.lab if before else _asked()))
    if before is not None:
        typer.echo(f"the key before was {fingerprint(before.public.keyid)}")
        typer.echo("labs that trust it go on doing so until they run 'nanosieve models trust revoke' on it\n")
    print_key(own)


def key_of_this_lab(lab: str | None) -> tuple[OwnKey, bool]:
    """The key, made now where there is none yet, and whether it was."""
    from nanosieve_registry.exchange.keys import check_own_lab, create_key, own_key
    from nanosieve_registry.exchange.places import signing_folder

    own = own_key(signing_folder())
    if own is None:
        return create_key(signing_folder(), lab or _asked()), True
    if lab is not None:
        check_own_lab(own, lab)
    return own, False


def print_key(own: OwnKey) -> None:
    """Fingerprint and file of the public half."""
    from nanosieve_registry.exchange.keys import PUBLIC, fingerprint
    from nanosieve_registry.exchange.places import signing_folder

    typer.echo(f"key file    {signing_folder() / f'{own.lab}{PUBLIC}'}")
    typer.echo(f"fingerprint {fingerprint(own.public.keyid)}")


def _asked() -> str:
    import sys

    from nanosieve.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            "this lab has no key yet, and a key needs the name of the lab: give it with --lab, as in lab-a"
        )
    return str(typer.prompt("Name of this lab, small letters, digits and dashes"))
