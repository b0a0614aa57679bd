"""Quantile plot: do the particles follow the fit, above all in its tails?"""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from nanosieve.report.plots.distribution import is_wide
from nanosieve.report.plots.inline import CURVE, INK, figure, inline
from nanosieve.report.plots.log_axis import round_ticks
from nanosieve.statistics import families
from nanosieve.statistics.results import Fit

MOST_POINTS = 300


def draw_quantiles(sizes: NDArray[np.float64], weights: NDArray[np.float64], fit: Fit, label: str) -> Markup:
    """Sizes against those that the fit has at the same cumulative share.

    Parameters
    ----------
    weights : edge weights; a particle stands in the middle of its share (Hazen's plotting position)
    """
    order = np.argsort(sizes)
    ordered, shares = sizes[order], weights[order] / weights.sum()
    positions = np.cumsum(shares) - shares / 2
    kept = np.unique(np.linspace(0, len(ordered) - 1, MOST_POINTS).astype(int))
    expected = families.quantile(fit, positions[kept])
    with figure(width=4.4, height=3.9) as drawn:
        axes = drawn.add_subplot()
        ends = [min(expected.min(), ordered.min()), max(expected.max(), ordered.max())]
        axes.plot(ends, ends, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.plot(expected, ordered[kept], ".", color=CURVE, markersize=4)
        if is_wide(sizes) and expected.min() > 0:
            round_ticks(axes, "x")
            round_ticks(axes, "y")
        axes.set_xlabel(f"{label}, of the fit")
        axes.set_ylabel(f"{label}, measured")
        return inline(drawn, "quantiles", f"Quantiles of the {label} against those of the fit")
