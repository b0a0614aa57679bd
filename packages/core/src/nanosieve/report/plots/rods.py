"""Length and width of each rod, together: pairwise as OECD TG 125 asks."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nanosieve.report.plots.inline import FAINT, INK, figure, inline

# As many dots can be told apart; of more, the density is drawn.
MOST_DOTS = 1500
DENSITY_BINS = 36
DOT_SIZES, LARGEST_DOT = 8, 11.0
ASPECTS = (1, 2, 3, 5, 10, 20)
COLOUR = "#e69f00"


def draw_rods(length: NDArray[np.float64], width: NDArray[np.float64], unit: str) -> Markup:
    """Draw n > 0 rods, with lines of equal length over width."""
    with figure(width=4.8, height=4.2) as drawn:
        axes = drawn.add_subplot()
        if len(length) <= MOST_DOTS:
            axes.plot(width, length, ".", color=COLOUR, markersize=5, alpha=0.8)
        else:
            _density(axes, length, width)
        right, top = 1.08 * float(width.max()), 1.08 * float(length.max())
        for aspect in ASPECTS:
            end = min(right, top / aspect)
            axes.plot([0, end], [0, aspect * end], color=FAINT, linewidth=0.9)
            if aspect * right > 0.3 * top:
                axes.annotate(
                    f"{aspect} : 1", (end, aspect * end), (-2, -2), textcoords="offset points",
                    ha="right", va="top", color=INK, fontsize="small",
                )  # fmt: skip
        axes.set_xlim(0, right)
        axes.set_ylim(0, top)
        axes.grid(False)
        axes.set_xlabel(f"width, {unit}")
        axes.set_ylabel(f"length, {unit}")
        return inline(drawn, "rods", "Length against width of each rod")


def _density(axes: Axes, length: NDArray[np.float64], width: NDArray[np.float64]) -> None:
    """Dots on a grid, larger where there are more rods."""
    counts, x, y = np.histogram2d(width, length, DENSITY_BINS)
    columns, rows = np.nonzero(counts)
    level = np.ceil(DOT_SIZES * counts[columns, rows] / counts.max()).astype(int)
    # one marker a level is written once, and then only referred to
    for each in np.unique(level):
        at = level == each
        axes.plot(
            (x[:-1] + x[1:])[columns[at]] / 2,
            (y[:-1] + y[1:])[rows[at]] / 2,
            ".",
            color=COLOUR,
            markersize=LARGEST_DOT * np.sqrt(each / DOT_SIZES),
        )
