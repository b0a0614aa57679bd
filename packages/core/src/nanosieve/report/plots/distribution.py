"""The distribution of one size: histogram, cumulative curve, fit and the quantiles with their intervals."""

from __future__ import annotations

from typing import Literal

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nanosieve.report.plots.inline import CURVE, FAINT, INK, LEGEND_IN, figure, inline
from nanosieve.report.plots.log_axis import round_ticks
from nanosieve.statistics import families
from nanosieve.statistics.results import Estimate, Fit, Quantiles

Weighting = Literal["number", "volume"]
BARS, FITTED = "#56b4e9", "#d55e00"
FEWEST_BINS, MOST_BINS = 8, 48
CURVE_POINTS = 300
HEADROOM = 1.1
# Height of the intervals of D10 and D90, as a part of the plot's.
INTERVALS_AT = 0.93
# Beyond this ratio of the largest to the smallest size, small ones would share one bin of a linear axis.
LOGARITHMIC_FROM = 12.0


def draw_distribution(
    sizes: NDArray[np.float64],
    weights: NDArray[np.float64],
    quantiles: Quantiles,
    fit: Fit | None,
    *,
    weighting: Weighting,
    label: str,
    name: str,
) -> Markup:
    """Draw one distribution; sizes and weights have shape (n,), n > 0.

    Parameters
    ----------
    weights : edge weights of the particles, 1 where there are none
    quantiles, fit : of the same weighting; the fit is that of the number distribution
    label : of the axis: ``"equivalent diameter, nm"``
    """
    shares = weights * sizes**3 if weighting == "volume" else weights
    shares = shares / shares.sum()
    with figure(right=0.65, top=LEGEND_IN) as drawn:
        axes = drawn.add_subplot()
        edges = bins_of(sizes)
        _histogram(axes, sizes, shares, edges)
        if fit is not None:
            _fit(axes, fit, edges, weighting)
        _quantiles(axes, quantiles)
        axes.set_xlim(edges[0], edges[-1])
        # room for the names of the quantiles
        axes.set_ylim(0, HEADROOM * axes.get_ylim()[1])
        if is_wide(sizes):
            round_ticks(axes, "x")
        axes.set_xlabel(label)
        axes.set_ylabel(f"share by {weighting} of a bin, %")
        _cumulative(axes.twinx(), sizes, shares)
        drawn.legend(loc="upper center", ncols=4)
        return inline(drawn, name, f"Distribution of the {label} by {weighting}")


def is_wide(sizes: NDArray[np.float64]) -> bool:
    """Whether sizes need a logarithmic axis."""
    return bool(sizes.min() > 0 and sizes.max() / sizes.min() > LOGARITHMIC_FROM)


def bins_of(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of bins for display, by the rule of Freedman and Diaconis on the axis that is drawn."""
    wide = is_wide(sizes)
    values = np.log(sizes) if wide else sizes
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = (low - 0.1, high + 0.1) if wide else (low * 0.9, high * 1.1)
    spread = float(np.subtract(*np.quantile(values, (0.75, 0.25))))
    step = 2 * spread / len(values) ** (1 / 3)
    count = int(np.clip(np.ceil((high - low) / step) if step > 0 else FEWEST_BINS, FEWEST_BINS, MOST_BINS))
    margin = 0.5 * (high - low) / count
    edges = np.linspace(low - margin, high + margin, count + 2)
    edges = np.exp(edges) if wide else np.maximum(edges, 0)
    return np.asarray(edges, np.float64)


def _histogram(
    axes: Axes, sizes: NDArray[np.float64], shares: NDArray[np.float64], edges: NDArray[np.float64]
) -> None:
    heights, _ = np.histogram(sizes, edges, weights=100 * shares)
    axes.bar(edges[:-1], heights, np.diff(edges), align="edge", color=BARS, alpha=0.55, label="particles")


def _fit(axes: Axes, fit: Fit, edges: NDArray[np.float64], weighting: Weighting) -> None:
    low = max(edges[0], 1e-6 * edges[-1])
    at = np.linspace(low, edges[-1], CURVE_POINTS)
    density = families.density(fit, at)
    if weighting == "volume":
        density = density * at**3
        density = density / np.trapezoid(density, at)
    # the share of a bin as wide as those drawn at this size
    widths = np.interp(at, (edges[:-1] + edges[1:]) / 2, np.diff(edges))
    axes.plot(at, 100 * density * widths, color=FITTED, label=f"fit: {fit_title(fit)}")


def fit_title(fit: Fit) -> str:
    """What people call a fit: ``"lognormal"``, ``"2 lognormals"``."""
    family, _, count = fit.name.partition("_")
    return f"{count} {family}s" if count else family


def _quantiles(axes: Axes, quantiles: Quantiles) -> None:
    labels = {"D10": quantiles.d10, "D50": quantiles.d50, "D90": quantiles.d90}
    for name, estimate in labels.items():
        if estimate.value is None:
            continue
        axes.axvline(estimate.value, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        _mark_interval(axes, estimate, name)
        axes.annotate(
            name, (estimate.value, 1), (2, -9), xycoords=("data", "axes fraction"), textcoords="offset points"
        )


def _mark_interval(axes: Axes, estimate: Estimate, name: str) -> None:
    """A band for the median, the answer; a line on top for the others, which would hide it."""
    if estimate.low is None or estimate.high is None:
        return
    if name == "D50":
        axes.axvspan(estimate.low, estimate.high, color=INK, alpha=0.1, linewidth=0)
    else:
        ends = [estimate.low, estimate.high]
        axes.plot(ends, [INTERVALS_AT] * 2, color=INK, linewidth=2.5, transform=axes.get_xaxis_transform())


def seen_steps(summed: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of the steps of a cumulative curve are drawn: more than a plot has pixels say nothing.

    Parameters
    ----------
    summed : heights of the steps, shape (n,), rising; even parts of n and of the height are kept
    """
    even = np.linspace(0, len(summed) - 1, CURVE_POINTS).astype(np.int64)
    heights = np.searchsorted(summed, np.linspace(0, summed[-1], CURVE_POINTS))
    return np.unique(np.concatenate([even, np.minimum(heights, len(summed) - 1)]))


def _cumulative(axes: Axes, sizes: NDArray[np.float64], shares: NDArray[np.float64]) -> None:
    order = np.argsort(sizes)
    ordered, summed = sizes[order], 100 * np.cumsum(shares[order])
    kept = seen_steps(summed)
    axes.step(ordered[kept], summed[kept], where="post", color=CURVE, label="cumulative")
    axes.set_ylim(0, 100 * HEADROOM)
    axes.set_yticks(range(0, 101, 20))
    axes.set_ylabel("smaller, %", color=CURVE)
    axes.spines["right"].set(visible=True, color=FAINT)
    axes.grid(False)
