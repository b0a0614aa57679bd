"""Distributions of shapes: ISO 9276-6 holds that a mean of shapes tells little."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from nanosieve.report.plots.distribution import BARS
from nanosieve.report.plots.inline import INK, figure, inline
from nanosieve.statistics.results import ShapeStatistics

COLUMNS = 3
BINS = 25


def draw_shapes(
    shapes: Mapping[str, ShapeStatistics],
    values: Mapping[str, NDArray[np.float64]],
    weights: Mapping[str, NDArray[np.float64]],
) -> Markup:
    """One small histogram a shape, with its D10, D50 and D90.

    Parameters
    ----------
    shapes : one at least
    values, weights : of the accepted particles that have the shape, by its name
    """
    rows = math.ceil(len(shapes) / COLUMNS)
    with figure(height=0.5 + 1.45 * rows, top=0.25, bottom=0.3) as drawn:
        grid = drawn.subplots(rows, COLUMNS, squeeze=False, gridspec_kw={"hspace": 0.55, "wspace": 0.25})
        for axes, (name, shape) in zip(grid.flat, shapes.items(), strict=False):
            # most shapes of most samples crowd near 1: each plot begins where its particles do
            low = min(float(np.floor(20 * values[name].min()) / 20), 0.95)
            shares = 100 * weights[name] / weights[name].sum()
            axes.hist(values[name], np.linspace(low, 1, BINS + 1), weights=shares, color=BARS, alpha=0.7)
            for quantile, width in ((shape.d10, 0.7), (shape.d50, 1.3), (shape.d90, 0.7)):
                axes.axvline(quantile, color=INK, linewidth=width, linestyle=(0, (4, 3)))
            axes.set_title(f"{name.replace('_', ' ')} ({shape.count})")
            axes.locator_params(nbins=4)
        for axes in list(grid.flat)[len(shapes) :]:
            axes.set_axis_off()
        drawn.supylabel("share by number, %", x=0.01, fontsize="medium")
        return inline(drawn, "shapes", "Distributions of the shapes")
