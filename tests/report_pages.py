"""A report as a reader of HTML sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "input", "br", "image", "path", "use", "rect"}


@dataclass
class Element:
    """One element: its name, attributes, text and children."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, in order, white space as one space."""
        return " ".join("".join(self.texts).split())

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements inside by name and attributes; `class_` and `id` among them."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        found = []
        for child in self.children:
            if tag in ("", child.tag) and all(
                value in child.attributes.get(name, "").split() for name, value in wanted.items()
            ):
                found.append(child)
            found += child.all(tag, **attributes)
        return found

    def one(self, tag: str = "", **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.all(tag, **attributes)
        return found


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"<{self.open[-1].tag}> is closed by </{tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.texts.append(data)


def read_page(path: Path) -> Element:
    """The root of a page, every element of which is closed."""
    tree = _Tree()
    tree.feed(path.read_text(encoding="utf-8"))
    tree.close()
    (root,) = tree.open
    return root


def numbers_in(element: Element) -> list[float]:
    """The exact numbers of an element, as its `<data>` elements hold them."""
    return [float(each.attributes["value"]) for each in element.all("data")]


def addresses_in(text: str) -> list[str]:
    """All that a page would load or lead to: sources, links, styles; data in the page and places in it are none."""
    found = re.findall(r"""(?:src|href|action|poster|srcset)\s*=\s*["']?([^"'\s>]+)""", text)
    found += re.findall(r"""url\(\s*["']?([^"')]+)""", text) + re.findall(r"@import\s+(\S+)", text)
    found += re.findall(r"https?://[^\s\"'<]+", text)
    return [each for each in found if not each.startswith(("data:", "#"))]
