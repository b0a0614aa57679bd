"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nanosieve.errors import one_line

# A hint is worth knowing and hinders nothing now; what is wrong hinders something.
State = Literal["good", "hint", "wrong"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check : what was looked at, in a word or two
    said : what was found, one sentence
    remedy : what to do; "" where nothing is
    """

    check: str
    state: State
    said: str
    remedy: str = ""


def good(check: str, said: str) -> Finding:
    """All is well."""
    return Finding(check=check, state="good", said=said)


def hint(check: str, said: str, remedy: str = "") -> Finding:
    """Works, and is worth knowing."""
    return Finding(check=check, state="hint", said=said, remedy=remedy)


def wrong(check: str, said: str, remedy: str) -> Finding:
    """Something does not work until the remedy was applied."""
    return Finding(check=check, state="wrong", said=said, remedy=remedy)


def refused(check: str, error: Exception, remedy: str) -> Finding:
    """What an error of nanosieve says; its messages have what to do behind a semicolon.

    Parameters
    ----------
    remedy : for a message that has none
    """
    said, _, its_own = one_line(error).partition("; ")
    return wrong(check, said, its_own or remedy)
