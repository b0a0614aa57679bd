"""Sizes and shares of the classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from nanosieve.report.plots.inline import INK, figure, inline
from nanosieve.report.styles import Styles
from nanosieve.statistics.results import ClassStatistics

# Points of one class; more would only make a bar of them, and bytes.
MOST_POINTS = 200
# Width of an average letter.
LETTER_IN = 0.078
# Steps of this part of the height never meet (Weyl): jitter without chance.
GOLDEN = 0.6180339887498949


def draw_sizes(
    classes: Sequence[ClassStatistics],
    sizes: Mapping[str, NDArray[np.float64]],
    styles: Styles,
    label: str,
) -> Markup:
    """D10 to D90 as a bar, D50 with its interval, and single particles, class by class.

    Parameters
    ----------
    sizes : of the accepted particles, by class
    label : of the axis
    """
    with figure(height=0.9 + 0.42 * len(classes), left=_left(classes)) as drawn:
        axes = drawn.add_subplot()
        for at, each in enumerate(reversed(classes)):
            if each.d10 is None or each.d90 is None or each.d50.value is None:
                continue
            colour = styles.accepted[each.name].colour if each.name in styles.accepted else INK
            axes.barh(at, each.d90 - each.d10, 0.5, each.d10, color=colour, alpha=0.4)
            points = np.sort(sizes.get(each.name, np.empty(0)))
            points = (
                points[np.unique(np.linspace(0, len(points) - 1, MOST_POINTS).astype(int))]
                if len(points)
                else points
            )
            height = at + 0.6 * ((np.arange(len(points)) * GOLDEN) % 1 - 0.5)
            axes.plot(points, height, ".", color=INK, markersize=2, alpha=0.45)
            if each.d50.low is not None and each.d50.high is not None:
                axes.plot([each.d50.low, each.d50.high], [at, at], color=INK, linewidth=2.5)
            axes.plot(each.d50.value, at, "o", color=INK, markersize=5)
        axes.set_yticks(range(len(classes)), [f"{each.name} ({each.count})" for each in reversed(classes)])
        axes.set_ylim(-0.6, len(classes) - 0.4)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(label)
        return inline(drawn, "class-sizes", f"{label} of each class")


def draw_shares(classes: Sequence[ClassStatistics], styles: Styles) -> Markup:
    """Shares of the classes among the accepted particles, weighted where sizes are."""
    with figure(height=0.9 + 0.36 * len(classes), left=_left(classes)) as drawn:
        axes = drawn.add_subplot()
        ordered = list(reversed(classes))
        bars = axes.barh(
            range(len(ordered)),
            [100 * (each.share or 0) for each in ordered],
            0.6,
            color=[styles.accepted[each.name].colour for each in ordered],
        )
        axes.bar_label(bars, [f"{100 * (each.share or 0):.1f} %" for each in ordered], padding=3)
        axes.set_yticks(range(len(ordered)), [each.name for each in ordered])
        axes.grid(axis="y", visible=False)
        axes.margins(x=0.12)
        axes.set_xlabel("share of the accepted particles by number, %")
        return inline(drawn, "class-shares", "Shares of the classes")


def _left(classes: Sequence[ClassStatistics]) -> float:
    """Room for the longest name and its count, in inches."""
    return 0.2 + LETTER_IN * max(len(f"{each.name} ({each.count})") for each in classes)
