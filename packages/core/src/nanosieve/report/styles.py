"""Colours of classes and reasons: those of the overlays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nanosieve.overlay import EXCLUDED, class_colour


@dataclass(frozen=True)
class Style:
    """How the particles of one class, or those excluded for one reason, are drawn.

    Attributes
    ----------
    key : what the page calls it, ``"k3"``
    colour : ``"#e69f00"``
    excluded : drawn dashed
    """

    key: str
    name: str
    colour: str
    excluded: bool


@dataclass(frozen=True)
class Styles:
    """Styles of accepted particles by class, and of excluded ones by reason."""

    accepted: dict[str, Style]
    excluded: dict[str, Style]

    def __iter__(self) -> Iterator[Style]:
        return iter((*self.accepted.values(), *self.excluded.values()))

    def of(self, class_name: str, reason: str) -> Style:
        """The style of a particle; `reason` is "" for an accepted one."""
        return self.excluded[reason] if reason else self.accepted[class_name]


def styles_of(classes: Iterable[str], reasons: Iterable[str]) -> Styles:
    """Styles for the classes of accepted particles and for the reasons of excluded ones."""
    accepted = {
        name: Style(f"k{number}", name, hexadecimal(class_colour(name)), False)
        for number, name in enumerate(sorted(set(classes)))
    }
    excluded = {
        name: Style(f"k{number}", name, hexadecimal(EXCLUDED), True)
        for number, name in enumerate(sorted(set(reasons)), len(accepted))
    }
    return Styles(accepted, excluded)


def hexadecimal(colour: tuple[int, int, int]) -> str:
    """RGB from 0 to 255 as ``"#e69f00"``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
