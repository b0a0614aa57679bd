"""How many particles are needed, and how many more are: by formula, and from the sample itself."""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np
from scipy import stats

from nanosieve.statistics.grouping import Grouped
from nanosieve.statistics.intervals import LEVEL
from nanosieve.statistics.resampling import drawn_medians
from nanosieve.statistics.results import Counting, Estimate, NeededCount, PrecisionPoint

# Of a standard normal distribution, for 95 %.
U = float(stats.norm.ppf((1 + LEVEL) / 2))
# (a, c) of Masuda and Gotoh: a the power of the size, c = basis + a / 2 with basis 0 by number and 3 by mass.
NUMBER_MEDIAN, MASS_MEDIAN = (1, 0), (1, 3)
POINTS, DRAWS = 10, 400
# More than any microscope will see: the precision asked for is out of reach.
MOST_IMAGES = 100_000


def masuda_gotoh(sigma: float, precision: float, a: float, c: float) -> int:
    """Particles needed so that a mean size is known to a relative half width, lognormal distribution.

    Parameters
    ----------
    sigma : ln of the geometric standard deviation
    precision : half width of the 95 % interval as a share
    a, c : 1 and 0 for the number median, 1 and 3 for the mass median

    Notes
    -----
    n = u^2 a^2 sigma^2 (2 c^2 sigma^2 + 1) / precision^2 with u = 1.96, particles independent.

    References
    ----------
    .. [1] H. Masuda, K. Gotoh, Adv. Powder Technol. 10, 159 (1999).
    """
    return math.ceil(U**2 * a**2 * sigma**2 * (2 * c**2 * sigma**2 + 1) / precision**2)


def precision_curve(sample: Grouped, rng: np.random.Generator) -> tuple[PrecisionPoint, ...]:
    """How the median scatters among samples of growing size that are drawn from the sample itself.

    Notes
    -----
    Images are drawn with all their particles, so that what images differ by is in it; of a single image, particles.
    The idea of subsampling is that of [1]_.

    References
    ----------
    .. [1] Wouters et al., Sci. Rep. (2025), doi:10.1038/s41598-025-92266-4.
    """
    particles = len(sample.values)
    by_image = sample.images > 1
    units = sample.image_of if by_image else np.arange(particles)
    available = sample.images if by_image else particles
    order = np.argsort(sample.values)
    numbers = np.unique(np.geomspace(1, available, POINTS).round().astype(int))
    points = []
    for number in numbers[numbers > 1] if available > 1 else []:
        medians = drawn_medians(
            sample.values[order], sample.weights[order], units[order], available, int(number), DRAWS, rng
        )
        low, high = np.quantile(np.log(medians), ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        points.append(
            PrecisionPoint(
                images=int(number) if by_image else 1,
                particles=particles * float(number) / available,
                half_width=float(high - low) / 2,
            )
        )
    return tuple(points)


def plan(
    sample: Grouped, sigma: float, median: Estimate, precision: float, rng: np.random.Generator
) -> Counting:
    """Needed counts, the curve of precision, and what to do.

    Parameters
    ----------
    sigma : ln of the geometric standard deviation
    median : by number, with its interval
    """
    measured = len(sample.values)
    reached = _relative_half_width(median)
    more = None if reached is None or sample.images == 1 else more_images(reached, sample.images, precision)
    return Counting(
        precision=precision,
        formula=(
            NeededCount(
                quantity="number_median",
                needed=masuda_gotoh(sigma, precision, *NUMBER_MEDIAN),
                measured=measured,
            ),
            NeededCount(
                quantity="mass_median",
                needed=masuda_gotoh(sigma, precision, *MASS_MEDIAN),
                measured=measured,
            ),
        ),
        curve=precision_curve(sample, rng),
        reached=reached,
        more_images=more,
        sentence=_sentence(sample, reached, more, precision),
    )


def more_images(reached: float, images: int, precision: float) -> int | None:
    """Images like those measured that are still wanted.

    Parameters
    ----------
    reached : relative half width of the 95 % interval from `images` images, >= 2

    Returns
    -------
    int, or None where no number of images will do

    Notes
    -----
    The half width is t(m - 1) s / sqrt(m) for m images; Student's t shrinks too.
    """
    spread = reached * math.sqrt(images) / _student(images)
    # images -> whether they are enough, which they stay once they are
    wanted = range(images, MOST_IMAGES + 1)
    enough = bisect_left(
        wanted, True, key=lambda each: _student(each) * spread / math.sqrt(each) <= precision
    )
    return enough if enough < len(wanted) else None


def _student(images: int) -> float:
    return float(stats.t.ppf((1 + LEVEL) / 2, images - 1))


def _relative_half_width(median: Estimate) -> float | None:
    if median.value is None or median.low is None or median.high is None:
        return None
    return (median.high - median.low) / 2 / median.value


def _sentence(sample: Grouped, reached: float | None, more: int | None, precision: float) -> str:
    wanted = f"±{100 * precision:g} %"
    if reached is None:
        return "The particles are too few, or too unequal in weight, for an interval; measure more images."
    known = f"The median is known to ±{100 * reached:.2g} %"
    if sample.images == 1:
        return f"{known} within this one image; how much images differ is unknown: measure several more."
    if more == 0:
        return f"{known}; that is enough for {wanted}."
    if more is None:
        return f"{known}; images differ too much for {wanted}."
    return f"{known}; measure about {more} more image{'s' if more > 1 else ''} for {wanted}."
