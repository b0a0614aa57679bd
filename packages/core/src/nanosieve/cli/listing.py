"""Lists that fit a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

LONGEST_LIST = 8


def print_list(console: Console, lines: Sequence[str], what: str) -> None:
    """Print lines, each after what it is, as many as fit a screen."""
    for line in lines[:LONGEST_LIST]:
        console.print(f"{what}: {line}", markup=False, soft_wrap=True)
    if len(lines) > LONGEST_LIST:
        console.print(f"... and {len(lines) - LONGEST_LIST} more, see the tables", markup=False)
