"""A matplotlib figure as SVG inside a page: small, without any address, in the colours and letters of the page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Colours that stand for those of the page, so that a plot follows a dark screen and prints black on white.
INK, FAINT, CURVE = "#010203", "#040506", "#070809"
PAGE_COLOURS = {INK: "var(--ink)", FAINT: "var(--faint)", CURVE: "var(--curve)"}
# Above a plot whose legend stands there.
LEGEND_IN = 0.38
FONT_SIZE = 9.5
# How large a plot grows in the page, so that letters of all plots are of one size.
REMS_PER_INCH = 5.9
SETTINGS: dict[Any, object] = {
    "svg.fonttype": "none",  # letters stay text: they can be searched, and are small
    "text.parse_math": False,  # a name may have a dollar sign
    "font.family": "DejaVu Sans",
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE,
    "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE - 0.5,
    "ytick.labelsize": FONT_SIZE - 0.5,
    "legend.fontsize": FONT_SIZE - 0.5,
    "legend.frameon": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": FAINT,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
}
# Nothing about the program that drew it: matplotlib would name addresses.
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# A hundredth of a point is enough of every coordinate.
GEOMETRY = re.compile(r"\b(?:d|x|y|transform)=\"[^\"]*\"")
HEAD = re.compile(r"^.*?<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>", re.DOTALL)


@contextmanager
def figure(
    width: float = 6.4,
    height: float = 3.4,
    *,
    left: float = 0.65,
    right: float = 0.15,
    top: float = 0.12,
    bottom: float = 0.5,
) -> Iterator[Figure]:
    """A figure in the style of the page; all lengths in inches of 72 px.

    Margins are given, since matplotlib would draw everything twice more to find them.
    """
    with rc_context(SETTINGS), warnings.catch_warnings():
        # names may have letters of any language: the browser has them, matplotlib's font need not
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        drawn = Figure(figsize=(width, height))
        drawn.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
        FigureCanvasSVG(drawn)
        yield drawn


def inline(drawn: Figure, name: str, description: str) -> Markup:
    """The figure as an ``<svg>`` element.

    Parameters
    ----------
    name : unique within the page; all ids of the figure begin with it
    description : what it shows, for people who do not see it
    """
    buffer = io.StringIO()
    # the salt makes the same figure the same text, every time
    with rc_context({**SETTINGS, "svg.hashsalt": name}):
        drawn.savefig(buffer, format="svg", metadata=NO_METADATA)
    text = buffer.getvalue()
    head = HEAD.match(text)
    assert head is not None  # matplotlib writes one
    body = text[head.end() :]
    for pattern, replacement in _rewritten(name):
        body = re.sub(pattern, replacement, body, flags=re.DOTALL)
    body = re.sub(GEOMETRY, lambda found: re.sub(r"(\.\d{2})\d+", r"\1", found[0]).replace("\n", ""), body)
    width = round(REMS_PER_INCH * float(drawn.get_figwidth()), 1)
    for stand_in, colour in PAGE_COLOURS.items():
        body = body.replace(stand_in, colour)
    opening = Markup('<svg class="plot" style="max-width: {}rem" viewBox="{}" role="img" aria-label="{}">')
    # matplotlib escapes the text that it draws
    return opening.format(width, head[1], description) + Markup(body)


def _rewritten(name: str) -> list[tuple[str, str]]:
    return [
        (r"<style.*?</style>", ""),  # it would hold for the whole page
        (r"\bid=\"([^\"]+)\"", rf'id="{name}-\1"'),
        (r"url\(#([^)]+)\)", rf"url(#{name}-\1)"),
        (r"xlink:href=\"#([^\"]+)\"", rf'href="#{name}-\1"'),
        (r"font: ", "font-size: "),
        (r"(font-size: [\d.]+px) 'DejaVu Sans'[^;\"]*", r"\1"),
        (r" font-family: [^;\"]*;", ""),
        (r"\n\s*", "\n"),
    ]
