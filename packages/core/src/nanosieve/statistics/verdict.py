"""Whether a sample is a nanomaterial: EC recommendation 2022/C 229/01, by the median minimum Feret diameter."""

from __future__ import annotations

import numpy as np

from nanosieve.measuring import Unit
from nanosieve.outline import FloatArray
from nanosieve.statistics.budget import COVERAGE_FACTOR, common_uncertainty
from nanosieve.statistics.results import SizeStatistics, Verdict, VerdictName

# Recommendation 2022/C 229/01, point 1: at least half of the particles by number, external dimension 1 nm to 100 nm.
SMALLEST_NM, LARGEST_NM = 1.0, 100.0


def decide(feret_min: SizeStatistics | None, sizes: FloatArray, weights: FloatArray, unit: Unit) -> Verdict:
    """The verdict, with the interval of the median widened by what is common to all particles.

    Parameters
    ----------
    sizes, weights : ndarrays of shape (n,), the minimum Feret diameters behind `feret_min`

    Notes
    -----
    Nanomaterial if the upper bound of the median lies below 100 nm, not if the lower bound lies above, else borderline.
    """
    if unit == "px":
        return _undecided("The sizes are in px: a verdict needs a pixel size in nm.")
    if feret_min is None or not len(sizes):
        return _undecided("No accepted particle has a minimum Feret diameter.")
    median, budget = feret_min.figures.number.d50, feret_min.budgets.get("median")
    if median.value is None or median.low is None or median.high is None or budget is None:
        return _undecided(
            "The particles are too few, or too unequal in weight, for an interval.", median.value
        )
    systematic = COVERAGE_FACTOR * common_uncertainty(budget)
    low = median.value - float(np.hypot(median.value - median.low, systematic))
    high = median.value + float(np.hypot(median.high - median.value, systematic))
    share = float(np.average((sizes >= SMALLEST_NM) & (sizes <= LARGEST_NM), weights=weights))
    name: VerdictName = "nanomaterial" if high < LARGEST_NM else "not" if low > LARGEST_NM else "borderline"
    return Verdict(
        name=name,
        median=median.value,
        low=low,
        high=high,
        share=share,
        sentence=_sentence(name, median.value, low, high, share, feret_min.images),
    )


def _undecided(sentence: str, median: float | None = None) -> Verdict:
    return Verdict(name="undecided", median=median, low=None, high=None, share=None, sentence=sentence)


def _sentence(name: VerdictName, median: float, low: float, high: float, share: float, images: int) -> str:
    said = {
        "nanomaterial": "Nanomaterial by number (EC 2022/C 229/01)",
        "not": "No nanomaterial by number (EC 2022/C 229/01)",
        "borderline": "Borderline (EC 2022/C 229/01): 100 nm lies within the interval",
    }[name]
    alone = "; one image alone, what images differ by is not in it" if images == 1 else ""
    return (
        f"{said}: the median minimum Feret diameter is {median:.4g} nm, between {low:.4g} and {high:.4g} nm with all "
        f"known uncertainties, and {100 * share:.0f} % of the particles are between 1 and 100 nm{alone}."
    )
