"""Several samples in one plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from nanosieve.overlay import PALETTE
from nanosieve.report.plots.classes import LETTER_IN
from nanosieve.report.plots.distribution import is_wide, seen_steps
from nanosieve.report.plots.inline import INK, figure, inline
from nanosieve.report.plots.log_axis import round_ticks
from nanosieve.report.styles import hexadecimal
from nanosieve.statistics.results import Quantiles

COLOURS = tuple(hexadecimal(PALETTE[index]) for index in (6, 4, 2, 5, 1, 0))
LONGEST_NAME = 28
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 1, 1, 1)))


@dataclass(frozen=True, kw_only=True)
class SampleCurve:
    """One sample: sizes and edge weights of n particles, shape (n,), and their quantiles by number."""

    name: str
    sizes: NDArray[np.float64]
    weights: NDArray[np.float64]
    quantiles: Quantiles


def draw_cumulative(samples: Sequence[SampleCurve], label: str) -> Markup:
    """Cumulative distributions by number, one line a sample."""
    with figure(height=3.6) as drawn:
        axes = drawn.add_subplot()
        for index, sample in enumerate(samples):
            order = np.argsort(sample.sizes)
            summed = 100 * np.cumsum(sample.weights[order]) / sample.weights.sum()
            kept = seen_steps(summed)
            axes.step(
                sample.sizes[order][kept],
                summed[kept],
                where="post",
                color=COLOURS[index % len(COLOURS)],
                linestyle=DASHES[index // len(COLOURS) % len(DASHES)],
                label=_short(sample.name),
            )
        if is_wide(np.concatenate([sample.sizes for sample in samples])):
            round_ticks(axes, "x")
        axes.set_ylim(0, 100)
        axes.set_xlabel(label)
        axes.set_ylabel("smaller by number, %")
        axes.legend(loc="lower right")
        return inline(drawn, "cumulative", f"Cumulative distributions of the {label} of all samples")


def draw_quantile_bars(samples: Sequence[SampleCurve], label: str) -> Markup:
    """D10 to D90 as a bar and D50 with its interval, one row a sample."""
    names = [_short(sample.name) for sample in reversed(samples)]
    with figure(height=0.8 + 0.42 * len(samples), left=0.2 + LETTER_IN * max(map(len, names))) as drawn:
        axes = drawn.add_subplot()
        for at, sample in enumerate(reversed(samples)):
            d10, d50, d90 = sample.quantiles.d10, sample.quantiles.d50, sample.quantiles.d90
            if d10.value is None or d50.value is None or d90.value is None:
                continue
            colour = COLOURS[(len(samples) - 1 - at) % len(COLOURS)]
            axes.barh(at, d90.value - d10.value, 0.5, d10.value, color=colour, alpha=0.5)
            if d50.low is not None and d50.high is not None:
                axes.plot([d50.low, d50.high], [at, at], color=INK, linewidth=2.5)
            axes.plot(d50.value, at, "o", color=INK, markersize=5)
        axes.use_sticky_edges = False  # the leftmost bar does not begin on the axis
        axes.set_yticks(range(len(samples)), names)
        axes.set_ylim(-0.6, len(samples) - 0.4)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(label)
        return inline(drawn, "sample-sizes", f"{label} of each sample")


def _short(name: str) -> str:
    """The end of a long name, which tells paths apart."""
    short = name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"
    # matplotlib leaves names that begin with an underscore out of legends
    return f"\u200b{short}" if short.startswith("_") else short
