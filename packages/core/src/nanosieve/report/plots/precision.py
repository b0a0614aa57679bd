"""How the precision of the median grows with the number of particles."""

from __future__ import annotations

from markupsafe import Markup

from nanosieve.report.plots.distribution import FITTED
from nanosieve.report.plots.inline import CURVE, INK, LEGEND_IN, figure, inline
from nanosieve.report.plots.log_axis import round_ticks
from nanosieve.statistics.results import Counting


def draw_precision(counting: Counting) -> Markup:
    """The empirical curve with the precision asked for, and the count that the formula gives.

    Parameters
    ----------
    counting : with a curve of at least two points
    """
    with figure(height=3.0, left=0.8, top=LEGEND_IN) as drawn:
        axes = drawn.add_subplot()
        particles = [point.particles for point in counting.curve]
        axes.plot(
            particles,
            [100 * point.half_width for point in counting.curve],
            ".-",
            color=CURVE,
            label="drawn from the sample",
        )
        axes.axhline(
            100 * counting.precision, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), label="asked for"
        )
        for needed in counting.formula:
            if needed.quantity == "number_median":
                axes.plot(
                    needed.needed,
                    100 * counting.precision,
                    "D",
                    color=FITTED,
                    markersize=5,
                    label="Masuda and Gotoh",
                )
            if needed.quantity == "number_median" and counting.reached:
                axes.plot(
                    needed.measured, 100 * counting.reached, "o", color=INK, markersize=6, label="this sample"
                )
        round_ticks(axes, "x")
        round_ticks(axes, "y")
        axes.set_xlabel("particles")
        axes.set_ylabel("half width of the 95 % interval\nof the median, %")
        drawn.legend(loc="upper center", ncols=4, columnspacing=1.2)
        return inline(drawn, "precision", "Precision of the median against the number of particles")
