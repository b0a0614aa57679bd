"""95 % intervals: particles of one image are not independent, so images are what counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from nanosieve.outline import FloatArray
from nanosieve.statistics.bootstrap import studentised
from nanosieve.statistics.grouping import Grouped
from nanosieve.statistics.influence import Linear, powered
from nanosieve.statistics.results import Estimate, IntervalMethod
from nanosieve.statistics.weighted import effective_count

LEVEL = 0.95
# Below, too few different draws of images exist for the tails of a bootstrap.
FEWEST_FOR_BOOTSTRAP = 10


def method_of(sample: Grouped, rounds: int) -> IntervalMethod:
    """The method that a sample allows, and the sentence for it."""
    images, particles = sample.images, len(sample.values)
    if particles < 2:
        return IntervalMethod(
            name="none",
            level=LEVEL,
            images=images,
            sentence="One particle has no interval."
            if particles
            else "Without particles there is nothing to state.",
        )
    if images == 1:
        return IntervalMethod(
            name="one_image",
            level=LEVEL,
            images=1,
            sentence="All particles are of one image: the interval holds the scatter within it, and how much images "
            "differ from one another is unknown; measure several.",
        )
    if images < FEWEST_FOR_BOOTSTRAP:
        return IntervalMethod(
            name="random_effects",
            level=LEVEL,
            images=images,
            sentence=f"One-way analysis of variance with random images, Student's t with {images - 1} degrees of "
            "freedom, and never narrower than the scatter within images alone would have it: "
            f"{FEWEST_FOR_BOOTSTRAP} images allow a bootstrap and a narrower interval.",
        )
    return IntervalMethod(
        name="two_stage_bootstrap",
        level=LEVEL,
        images=images,
        rounds=rounds,
        sentence=f"Studentised bootstrap in two stages, images and particles within them, {rounds} rounds.",
    )


def estimate(
    figures: Sequence[Linear], sample: Grouped, method: IntervalMethod, rng: np.random.Generator
) -> dict[str, Estimate]:
    """Figures with intervals, by name.

    Parameters
    ----------
    figures : of the particles of `sample`, in its order
    method : of `method_of`
    """
    if method.name == "none":
        return {figure.name: Estimate(value=figure.value) for figure in figures}
    norms = {figure.power: powered(sample.values, sample.weights, figure.power) for figure in figures}
    if method.name == "two_stage_bootstrap":
        assert method.rounds is not None
        drawn = _draw(figures, norms, sample, method.rounds, rng)
        errors = [_error_by_image(figure.terms, sample) for figure in figures]
        tails = [_tails(column, sample.images - 1) for column in drawn.T]
    else:
        pairs = [_random_effects(figure.terms, norms[figure.power], sample) for figure in figures]
        errors, tails = [error for error, _ in pairs], [tail for _, tail in pairs]
    return {
        figure.name: _carry_back(figure, error, *tail)
        for figure, error, tail in zip(figures, errors, tails, strict=True)
    }


def _carry_back(figure: Linear, error: float, low: float, high: float) -> Estimate:
    # where one particle outweighs all others an end may lie beyond every number: then there is no interval
    with np.errstate(over="ignore"):
        ends = figure.back(-high * error), figure.back(-low * error)
        around = figure.back(-error), figure.back(error)
    if not np.isfinite([*ends, *around]).all():
        return Estimate(value=figure.value)
    return Estimate(value=figure.value, low=ends[0], high=ends[1], standard_error=(around[1] - around[0]) / 2)


def _draw(
    figures: Sequence[Linear],
    norms: dict[int, FloatArray],
    sample: Grouped,
    rounds: int,
    rng: np.random.Generator,
) -> FloatArray:
    powers = sorted(norms)
    # centred: what the sample itself shows is the truth that the draws scatter about
    terms = np.column_stack([figure.terms - figure.terms.sum() * norms[figure.power] for figure in figures])
    drawn: FloatArray = studentised(
        terms,
        np.column_stack([norms[power] for power in powers]),
        np.array([powers.index(figure.power) for figure in figures]),
        sample.starts,
        rounds,
        rng,
    )
    return drawn


def _tails(drawn: FloatArray, freedom: float) -> tuple[float, float]:
    known = drawn[~np.isnan(drawn)]
    if not known.size:  # all alike
        return _student(freedom)
    # where a few particles weigh nearly everything the draws run away; two images, the fewest that tell, have this t
    lowest, highest = _student(1)
    low, high = np.clip(np.quantile(known, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)), lowest, highest)
    # of few particles all draws may err to one side; the figure itself stays inside
    return min(float(low), 0.0), max(float(high), 0.0)


def _student(freedom: float) -> tuple[float, float]:
    high = float(stats.t.ppf((1 + LEVEL) / 2, max(freedom, 1)))
    return -high, high


def _error_by_image(terms: FloatArray, sample: Grouped) -> float:
    """Standard error from the sums over images, which are independent."""
    sums = np.add.reduceat(terms, sample.starts[:-1])
    images = sample.images
    return float(np.sqrt((sums**2).sum() * images / (images - 1)))


def _random_effects(
    terms: FloatArray, shares: FloatArray, sample: Grouped
) -> tuple[float, tuple[float, float]]:
    """Standard error of a sum of influences, and the tails of its interval over it.

    Notes
    -----
    The mean square between images has k - 1 degrees of freedom and is right whether or not images differ. Where it
    comes out below that within images by chance, the particles are the limit: no interval is narrower than if they
    were independent. Were a variance between images below 0 taken as 0 and t kept, nominal 95 % would be 99.6 % of
    five images. One image has the part within alone.
    """
    _, within = variance_components(np.divide(terms, shares), shares, sample)
    alone = float(np.sqrt(within * (shares**2).sum()))
    independent = _student(effective_count(sample.weights) - sample.images)
    if sample.images == 1:
        return alone, independent
    error, tails = _error_by_image(terms, sample), _student(sample.images - 1)
    return (error, tails) if error * tails[1] >= alone * independent[1] else (alone, independent)


def variance_components(values: FloatArray, shares: FloatArray, sample: Grouped) -> tuple[float, float]:
    """Variance between and within images of weighted values; between is 0 for one image.

    References
    ----------
    .. [1] S. R. Searle, G. Casella, C. E. McCulloch, Variance Components (1992), section 3.6.
    """
    starts, images = sample.starts[:-1], sample.images
    count = len(values)
    weights = shares * count / shares.sum()
    sums = np.add.reduceat(weights, starts)
    means = np.add.reduceat(weights * values, starts) / sums
    residuals = values - np.repeat(means, np.diff(sample.starts))
    within = (weights * residuals**2).sum() / max(count - images, 1)
    if images == 1:
        return 0.0, float(within)
    centre = (sums * means).sum() / sums.sum()
    between_square = (sums * (means - centre) ** 2).sum() / (images - 1)
    typical = (sums.sum() - (sums**2).sum() / sums.sum()) / (images - 1)
    return float(max(between_square - within, 0) / typical), float(within)
