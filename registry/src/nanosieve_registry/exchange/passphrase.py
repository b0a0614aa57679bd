"""Where the passphrase of this lab's key comes from: a file, the environment, or a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from nanosieve.errors import UsageError

VARIABLE = "NANOSIEVE_KEY_PASSPHRASE"
HOW = f"give it with --passphrase-file, in {VARIABLE}, or at a terminal"


def passphrase_of(
    file: Path | None, environment: Mapping[str, str], ask: Callable[[], str] | None
) -> str | None:
    """The passphrase: that of the file, else of the environment, else what somebody answers; None for none.

    Parameters
    ----------
    file : whose first line it is
    ask : None where nobody can be asked

    Raises
    ------
    UsageError
        If the file cannot be read, or is empty.
    """
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the passphrase file {str(file)!r} cannot be read: {error}") from error
        if not lines or not lines[0]:
            raise UsageError(f"the passphrase file {str(file)!r} has no first line")
        return lines[0]
    return environment.get(VARIABLE) or (ask() if ask is not None else None) or None
