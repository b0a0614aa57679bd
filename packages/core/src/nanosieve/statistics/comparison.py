"""Two and more samples compared: medians, whole distributions and fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from nanosieve.errors import ScaleError, UsageError
from nanosieve.outline import FloatArray
from nanosieve.statistics.accepted import SIZES, accept
from nanosieve.statistics.corrected_p import holm
from nanosieve.statistics.intervals import LEVEL
from nanosieve.statistics.results import (
    Comparison,
    Estimate,
    Fit,
    SampleStatistics,
    SampleTest,
    SizeStatistics,
)
from nanosieve.statistics.weighted import effective_count

SIGNIFICANT = 1 - LEVEL
U = float(stats.norm.ppf((1 + LEVEL) / 2))
TestName = Literal["ks", "mann_whitney", "median_ratio", "lognormal_mu", "lognormal_sigma"]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One of the samples.

    Attributes
    ----------
    name : for people, unique among those compared
    particles, images : tables as `nanosieve analyze` writes them
    statistics : of `nanosieve.statistics.sample.describe_sample`, of the same tables
    """

    name: str
    particles: pd.DataFrame
    images: pd.DataFrame
    statistics: SampleStatistics


@dataclass(frozen=True)
class _Test:
    name: TestName
    statistic: float
    p: float


def compare_samples(samples: Sequence[Sample], size: str = SIZES[0]) -> tuple[Comparison, ...]:
    """Every sample against every other one, by one size.

    Parameters
    ----------
    size : ``"equivalent_diameter"``, ``"feret_min"`` or ``"feret_max"``

    Returns
    -------
    tuple of k (k - 1) / 2 comparisons; p values are corrected for all their tests together (Holm)

    Raises
    ------
    UsageError
        If there are fewer than two samples, two have one name, or one does not have the size.
    ScaleError
        If units differ.

    Notes
    -----
    The ratio of the medians respects that particles of one image are alike: its interval is made of those of the two
    medians [1]_. The other tests take particles as independent, weighted by their edge weights, and so see differences
    where images differ.

    References
    ----------
    .. [1] G. Y. Zou, A. Donner, Stat. Med. 27, 1693 (2008).
    """
    _check(samples, size)
    pairs = list(combinations(samples, 2))
    tests = [list(_tests(one, other, size)) for one, other in pairs]
    corrected = iter(holm([test.p for found in tests for test in found]))
    return tuple(
        _comparison(one, other, size, found, [next(corrected) for _ in found])
        for (one, other), found in zip(pairs, tests, strict=True)
    )


def _check(samples: Sequence[Sample], size: str) -> None:
    if len(samples) < 2:
        raise UsageError(f"{len(samples)} sample cannot be compared; give two or more")
    names = [sample.name for sample in samples]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two samples are called {name!r}; give each a name of its own")
    units = {sample.statistics.unit: sample.name for sample in samples}
    if len(units) > 1:
        (unit, one), (other_unit, other) = list(units.items())[:2]
        raise ScaleError(
            f"{one!r} is in {unit}, {other!r} in {other_unit}; analyse one of them again with the --units of the other"
        )
    for sample in samples:
        if size not in sample.statistics.sizes:
            known = ", ".join(map(repr, sample.statistics.sizes)) or "none"
            raise UsageError(f"{sample.name!r} has no size {size!r}; it has {known}")


def _tests(one: Sample, other: Sample, size: str) -> Iterator[_Test]:
    first, second = (sample.statistics.sizes[size] for sample in (one, other))
    ratio = _ratio(first, second)
    if ratio.value is not None and ratio.low is not None and ratio.high is not None:
        yield _ratio_test(ratio.value, ratio.low, ratio.high)
    (x, w), (y, v) = _weighted_sizes(one, first), _weighted_sizes(other, second)
    if len(x) > 1 and len(y) > 1:
        yield kolmogorov_smirnov(x, w, y, v)
        yield mann_whitney(x, w, y, v)
    lognormals = [
        next((fit for fit in each.fits if fit.name == "lognormal"), None) for each in (first, second)
    ]
    if lognormals[0] is not None and lognormals[1] is not None:
        yield from _parameter_tests(lognormals[0], lognormals[1])


def _weighted_sizes(sample: Sample, size: SizeStatistics) -> tuple[FloatArray, FloatArray]:
    accepted = accept(
        sample.particles, sample.images, sample.statistics.unit, edge_correction=size.edge_corrected
    )
    values, weights = accepted.values(size.name), accepted.counting
    used = ~np.isnan(values) & ~np.isnan(weights)
    return values[used], weights[used]


def kolmogorov_smirnov(x: FloatArray, w: FloatArray, y: FloatArray, v: FloatArray) -> _Test:
    """Largest distance of two weighted cumulative distributions; p of the effective numbers of particles."""
    everywhere = np.concatenate([x, y])
    distance = float(np.abs(_reached(x, w, everywhere) - _reached(y, v, everywhere)).max())
    n, m = effective_count(w), effective_count(v)
    p = float(stats.kstwo.sf(distance, max(round(n * m / (n + m)), 1)))
    return _Test("ks", distance, p)


def mann_whitney(x: FloatArray, w: FloatArray, y: FloatArray, v: FloatArray) -> _Test:
    """Chance that a particle of the second sample is larger than one of the first, against one half."""
    below = (_reached(x, w, y) + _reached(x, w, y, side="left")) / 2
    chance = float(np.average(below, weights=v))
    n, m = effective_count(w), effective_count(v)
    error = np.sqrt((n + m + 1) / (12 * n * m))
    return _Test("mann_whitney", chance, float(2 * stats.norm.sf(abs(chance - 0.5) / error)))


def _reached(
    values: FloatArray, weights: FloatArray, at: FloatArray, side: Literal["left", "right"] = "right"
) -> FloatArray:
    """Weighted share of values not above (or, left, below) some sizes."""
    order = np.argsort(values)
    sums = np.concatenate([[0.0], np.cumsum(weights[order])])
    shares: FloatArray = sums[np.searchsorted(values[order], at, side=side)] / sums[-1]
    return shares


def _ratio(first: SizeStatistics, second: SizeStatistics) -> Estimate:
    """Median of the second over that of the first, with the interval of Zou and Donner on logarithms."""
    one, other = first.figures.number.d50, second.figures.number.d50
    if one.value is None or other.value is None:
        return Estimate(value=None)
    ratio = other.value / one.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Estimate(value=ratio)
    below = np.hypot(np.log(other.value / other.low), np.log(one.high / one.value))
    above = np.hypot(np.log(other.high / other.value), np.log(one.value / one.low))
    return Estimate(value=ratio, low=float(ratio * np.exp(-below)), high=float(ratio * np.exp(above)))


def _ratio_test(ratio: float, low: float, high: float) -> _Test:
    """The p value at which the interval would just reach 1."""
    towards_one = np.log(ratio / low) if ratio > 1 else np.log(high / ratio)
    if towards_one == 0:  # all alike: nothing scatters
        return _Test("median_ratio", ratio, 1.0 if ratio == 1 else 0.0)
    return _Test("median_ratio", ratio, float(2 * stats.norm.sf(U * abs(np.log(ratio)) / towards_one)))


def _parameter_tests(first: Fit, second: Fit) -> Iterator[_Test]:
    names: dict[str, TestName] = {"mu": "lognormal_mu", "sigma": "lognormal_sigma"}
    for parameter, name in names.items():
        one, other = first.parameters[parameter], second.parameters[parameter]
        if one.standard_error is None or other.standard_error is None:
            continue
        difference = other.value - one.value
        error = np.hypot(one.standard_error, other.standard_error)
        yield _Test(name, difference, float(2 * stats.norm.sf(abs(difference) / error)))


def _comparison(
    one: Sample, other: Sample, size: str, tests: Sequence[_Test], corrected: Sequence[float]
) -> Comparison:
    ratio = _ratio(one.statistics.sizes[size], other.statistics.sizes[size])
    found = tuple(
        SampleTest(name=test.name, statistic=test.statistic, p=test.p, p_corrected=p)
        for test, p in zip(tests, corrected, strict=True)
    )
    return Comparison(
        first=one.name,
        second=other.name,
        size=size,
        unit=one.statistics.unit,
        ratio=ratio,
        tests=found,
        sentence=_sentence(one.name, other.name, ratio, {test.name: test for test in found}),
    )


def _sentence(one: str, other: str, ratio: Estimate, tests: dict[str, SampleTest]) -> str:
    if ratio.value is None or "median_ratio" not in tests:
        return f"{one!r} and {other!r} cannot be compared: a sample has fewer than two particles."
    said = f"The median of {other!r} is {ratio.value:.3f} times that of {one!r} ({ratio.low:.3f} to {ratio.high:.3f})"
    if tests["median_ratio"].p_corrected < SIGNIFICANT:
        return f"{said}: the medians differ."
    shape = "ks" in tests and tests["ks"].p_corrected < SIGNIFICANT
    hint = (
        "; the distributions differ, as far as particles of one image may be taken as independent"
        if shape
        else ""
    )
    return f"{said}: no difference of the medians is shown{hint}."
