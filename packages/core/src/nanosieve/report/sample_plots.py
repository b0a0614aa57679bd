"""All plots of one sample; one that the particles do not allow is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from nanosieve.report.plots.classes import draw_shares, draw_sizes
from nanosieve.report.plots.distribution import draw_distribution
from nanosieve.report.plots.precision import draw_precision
from nanosieve.report.plots.quantiles import draw_quantiles
from nanosieve.report.plots.rods import draw_rods
from nanosieve.report.plots.shapes import draw_shapes
from nanosieve.report.results import Results
from nanosieve.report.styles import Styles
from nanosieve.statistics.results import ALL, SampleStatistics, SizeStatistics

EDGE_WEIGHT = "edge_weight"
LEAST_POINTS = 2
Values = NDArray[np.float64]


def size_label(measure: str, unit: str) -> str:
    """The label of an axis: ``"equivalent diameter, nm"``."""
    return f"{measure.replace('_', ' ')}, {unit}"


def sizes_and_weights(results: Results, size: SizeStatistics) -> tuple[Values, Values]:
    """Sizes of the accepted particles and their edge weights, as the statistics count them."""
    accepted = results.accepted
    values = accepted[size.column].to_numpy(np.float64)
    weights = weights_of(accepted, size.edge_corrected)
    known = np.isfinite(values) & (values > 0) & np.isfinite(weights)
    return values[known], weights[known]


def weights_of(accepted: pd.DataFrame, edge_corrected: bool) -> Values:
    """Edge weights, NaN where one is undefined; ones where sizes are not corrected."""
    if edge_corrected and EDGE_WEIGHT in accepted:
        return accepted[EDGE_WEIGHT].to_numpy(np.float64)
    return np.ones(len(accepted))


def draw_plots(results: Results, statistics: SampleStatistics, styles: Styles) -> dict[str, Markup]:
    """The plots by name.

    Returns
    -------
    dict with ``number``, ``volume``, ``quantiles``, ``class_sizes``, ``class_shares``, ``shapes``, ``rods`` and
    ``precision``, as far as the particles allow them
    """
    measure = results.size.removesuffix(f"_{results.unit}")
    size = statistics.sizes.get(measure)
    if size is None or size.count == 0:
        return {}
    label = size_label(measure, results.unit)
    plots = _distributions(results, size, label)
    plots |= _classes(results, statistics, styles, label)
    plots |= _shapes(results, statistics, size.edge_corrected)
    plots |= _rods(results)
    if size.counting is not None and len(size.counting.curve) >= LEAST_POINTS:
        plots["precision"] = draw_precision(size.counting)
    return plots


def _distributions(results: Results, size: SizeStatistics, label: str) -> dict[str, Markup]:
    sizes, weights = sizes_and_weights(results, size)
    if len(sizes) < LEAST_POINTS:
        return {}
    fit, figures = size.chosen_fit, size.figures
    plots = {
        "number": draw_distribution(
            sizes, weights, figures.number, fit, weighting="number", label=label, name="number"
        ),
        "volume": draw_distribution(
            sizes, weights, figures.volume, fit, weighting="volume", label=label, name="volume"
        ),
    }
    if fit is not None:
        plots["quantiles"] = draw_quantiles(sizes, weights, fit, label)
    return plots


def _classes(results: Results, statistics: SampleStatistics, styles: Styles, label: str) -> dict[str, Markup]:
    single = [each for each in statistics.classes if each.name != ALL]
    accepted = results.accepted
    sizes = {str(name): part.to_numpy(np.float64) for name, part in accepted.groupby("class")[results.size]}
    sizes[ALL] = accepted[results.size].to_numpy(np.float64)
    sizes = {name: values[np.isfinite(values)] for name, values in sizes.items()}
    plots = {"class_sizes": draw_sizes(statistics.classes, sizes, styles, label)}
    return {**plots, "class_shares": draw_shares(single, styles)} if single else plots


def _shapes(results: Results, statistics: SampleStatistics, edge_corrected: bool) -> dict[str, Markup]:
    accepted = results.accepted
    weights = weights_of(accepted, edge_corrected)
    shapes = {name: each for name, each in statistics.shapes.items() if each.count >= LEAST_POINTS}
    if not shapes:
        return {}
    known = {name: np.isfinite(accepted[name].to_numpy()) & np.isfinite(weights) for name in shapes}
    return {
        "shapes": draw_shapes(
            shapes,
            {name: accepted[name].to_numpy(np.float64)[known[name]] for name in shapes},
            {name: weights[known[name]] for name in shapes},
        )
    }


def _rods(results: Results) -> dict[str, Markup]:
    columns = [f"rod_length_{results.unit}", f"rod_width_{results.unit}"]
    if not set(columns) <= set(results.particles):
        return {}
    rods = results.accepted[columns].dropna().to_numpy(np.float64)
    return {"rods": draw_rods(rods[:, 0], rods[:, 1], results.unit)} if len(rods) else {}
