"""nanosieve models keys: the key that this lab signs with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from nanosieve_registry.exchange.keys import LabKey, OwnKey

NEW = "New passphrase for this lab's key"
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="File whose first line is the passphrase of the key; over NANOSIEVE_KEY_PASSPHRASE."),
]

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
    from nanosieve_registry.exchange.places import signing_folder
    from nanosieve_registry.exchange.signing_key import own_public

    own = own_public(signing_folder())
    if own is None:
        raise UsageError("this lab has no key yet; make one with 'nanosieve models keys new --lab NAME'")
    print_key(own)


@app.command()
def new(
    lab: Annotated[
        str | None, typer.Option(help="Name of this lab; that of the key before, if there is one.")
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a key, the first or one that replaces another; files that were signed before keep their signature.

    With a passphrase the private key is encrypted: that of the file, of NANOSIEVE_KEY_PASSPHRASE, or the one that is
    typed at a terminal.

    **Examples**

        nanosieve models keys new --lab lab-a

        nanosieve models keys new --lab lab-a --passphrase-file passphrase.txt
    """
    from nanosieve_registry.exchange.keys import fingerprint
    from nanosieve_registry.exchange.places import signing_folder
    from nanosieve_registry.exchange.signing_key import create_key, own_public

    folder = signing_folder()
    before = own_public(folder)
    own = create_key(folder, lab or (before.lab if before else _asked()), _new_passphrase(passphrase_file))
    if before is not None:
        typer.echo(f"the key before was {fingerprint(before.keyid)}")
        typer.echo("labs that trust it go on doing so until they run 'nanosieve models trust revoke' on it\n")
    print_key(own.public)


@app.command()
def passphrase(
    passphrase_file: PassphraseFile = None,
    new_file: Annotated[
        Path | None,
        typer.Option(
            "--new-passphrase-file", help="File whose first line is the new one; else it is asked for."
        ),
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="Take the passphrase away.")] = False,
) -> None:
    """Encrypt the private key with a passphrase, or with another one; key and fingerprint stay what they are.

    **Examples**

        nanosieve models keys passphrase

        nanosieve models keys passphrase --passphrase-file old.txt --new-passphrase-file new.txt
    """
    from nanosieve.errors import UsageError
    from nanosieve_registry.exchange.passphrase import passphrase_of
    from nanosieve_registry.exchange.places import signing_folder
    from nanosieve_registry.exchange.signing_key import change_passphrase

    own = open_key(passphrase_file)
    if own is None:
        raise UsageError("this lab has no key yet; make one with 'nanosieve models keys new --lab NAME'")
    chosen = None if none else passphrase_of(new_file, {}, _at_terminal(NEW, confirm=True))
    if not none and chosen is None:
        raise UsageError("no new passphrase: give one with --new-passphrase-file or at a terminal, or --none")
    change_passphrase(signing_folder(), own, chosen)
    print_key(own.public)


def key_of_this_lab(lab: str | None, passphrase_file: Path | None) -> tuple[OwnKey, bool]:
    """The key, made now where there is none yet, and whether it was."""
    from nanosieve_registry.exchange.places import signing_folder
    from nanosieve_registry.exchange.signing_key import check_own_lab, create_key

    own = open_key(passphrase_file)
    if own is None:
        return create_key(signing_folder(), lab or _asked(), _new_passphrase(passphrase_file)), True
    if lab is not None:
        check_own_lab(own.public, lab)
    return own, False


def open_key(passphrase_file: Path | None) -> OwnKey | None:
    """The key that is there, with its passphrase where it has one."""
    import os

    from nanosieve_registry.exchange.passphrase import passphrase_of
    from nanosieve_registry.exchange.places import signing_folder
    from nanosieve_registry.exchange.signing_key import is_encrypted, own_key, own_public

    folder = signing_folder()
    if own_public(folder) is None or not is_encrypted(folder):
        return own_key(folder)
    return own_key(
        folder, passphrase_of(passphrase_file, os.environ, _at_terminal("Passphrase of this lab's key"))
    )


def print_key(own: LabKey) -> None:
    """Fingerprint and file of the public half, and whether the private one is encrypted."""
    from nanosieve_registry.exchange.keys import PUBLIC, fingerprint
    from nanosieve_registry.exchange.places import signing_folder
    from nanosieve_registry.exchange.signing_key import PRIVATE, is_encrypted

    typer.echo(f"key file    {signing_folder() / f'{own.lab}{PUBLIC}'}")
    typer.echo(f"fingerprint {fingerprint(own.keyid)}")
    if not is_encrypted(signing_folder()):
        typer.echo(
            f"the private key {signing_folder() / PRIVATE} is not encrypted: whoever copies it signs as {own.lab}; "
            "'nanosieve models keys passphrase' encrypts it"
        )


def _new_passphrase(file: Path | None) -> str | None:
    import os

    from nanosieve_registry.exchange.passphrase import passphrase_of

    return passphrase_of(file, os.environ, _at_terminal(f"{NEW}, empty for none", confirm=True))


def _at_terminal(question: str, *, confirm: bool = False) -> Callable[[], str] | None:
    import sys

    if not sys.stdin.isatty():
        return None
    return lambda: str(
        typer.prompt(question, default="", show_default=False, hide_input=True, confirmation_prompt=confirm)
    )


def _asked() -> str:
    import sys

    from nanosieve.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            "this lab has no key yet, and a key needs the name of the lab: give it with --lab, as in lab-a"
        )
    return str(typer.prompt("Name of this lab, small letters, digits and dashes"))
