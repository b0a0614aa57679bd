"""Weighted quantiles and mean sizes against published values, formulas and the package `fluids`."""

import numpy as np
import pytest
from fluids.particle_size_distribution import ParticleSizeDistribution, PSDLognormal
from scipy import stats

from nanosieve.statistics.weighted import (
    effective_count,
    lognormal_moment_mean,
    moment_mean,
    quantiles,
    standard_deviation,
)

# ASTM E799, example: edges of the classes in um, counts.
EDGES = [240, 360, 450, 562.5, 703, 878, 1097, 1371, 1713, 2141, 2676, 3345, 4181, 5226, 6532]
COUNTS = [65, 119, 232, 410, 629, 849, 990, 981, 825, 579, 297, 111, 21, 1]
E799 = {
    (1, 0): 1459.37,
    (2, 0): 1646.57,
    (3, 0): 1832.40,
    (2, 1): 1857.79,
    (3, 1): 2053.27,
    (3, 2): 2269.32,
    (4, 3): 2670.75,
}
# ISO 9276-2, example: lognormal, x50,3 = 5, s = 0.5.
SIGMA = 0.5
ISO = {
    (1, 0): 2.676,
    (2, 0): 3.033,
    (2, 1): 3.436,
    (3, 2): 4.412,
    (4, 3): 5.666,
    (3, 3): 5.000,
    (0, 0): 2.362,
}


def spread_evenly(edges, counts):
    """Sizes and weights that stand for even densities within classes: Gauss's nodes integrate x^4 exactly."""
    nodes, shares = np.polynomial.legendre.leggauss(3)
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    sizes = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * nodes
    return sizes.ravel(), (np.array(counts)[:, None] * shares / 2).ravel()


@pytest.mark.parametrize(("moment", "published"), E799.items())
def test_mean_sizes_of_astm_e799(moment, published):
    assert moment_mean(*spread_evenly(EDGES, COUNTS), *moment) == pytest.approx(published, abs=0.006)


@pytest.mark.parametrize("moment", E799)
def test_mean_sizes_of_counted_classes_are_those_of_fluids(moment):
    theirs = ParticleSizeDistribution(ds=EDGES, fractions=np.array(COUNTS) / sum(COUNTS), order=0)
    assert moment_mean(*spread_evenly(EDGES, COUNTS), *moment) == pytest.approx(
        theirs.mean_size(*moment), rel=1e-9
    )


@pytest.mark.parametrize(("moment", "published"), ISO.items())
def test_mean_sizes_of_the_lognormal_example_of_iso_9276_2(moment, published):
    mu = np.log(5) - 3 * SIGMA**2
    assert lognormal_moment_mean(mu, SIGMA, *moment) == pytest.approx(published, abs=0.0006)


@pytest.mark.parametrize("moment", ISO)
def test_mean_sizes_of_a_fine_sample_are_those_of_its_distribution(moment):
    # quadrature in place of chance: sizes at even steps of ln x, weighted by their density
    logs = np.linspace(-6, 6, 4001) * SIGMA * 2
    sizes = 5 * np.exp(-3 * SIGMA**2 + logs)
    weights = stats.norm.pdf(logs, scale=SIGMA)
    theirs = PSDLognormal(d_characteristic=5, s=SIGMA, order=3)
    assert moment_mean(sizes, weights, *moment) == pytest.approx(theirs.mean_size(*moment), rel=1e-6)


def test_number_and_volume_quantiles_are_those_of_fluids():
    logs = np.linspace(-6, 6, 20001) * SIGMA * 2
    sizes = 5 * np.exp(-3 * SIGMA**2 + logs)
    weights = stats.norm.pdf(logs, scale=SIGMA)
    shares = np.array([0.1, 0.5, 0.9])
    theirs = PSDLognormal(d_characteristic=5, s=SIGMA, order=3)
    for power, order in ((0, 0), (3, 3)):
        found = quantiles(sizes, weights * sizes**power, shares)
        assert found == pytest.approx([theirs.dn(share, n=order) for share in shares], rel=1e-4)


def test_quantiles_of_equal_weights_are_those_of_hazen():
    values = np.random.default_rng(0).normal(10, 1, 37)
    shares = np.array([0.05, 0.1, 0.5, 0.9, 0.95])
    hazen = np.quantile(values, shares, method="hazen")
    assert quantiles(values, np.full(37, 2.5), shares) == pytest.approx(hazen)


def test_a_weight_of_two_is_a_particle_counted_twice():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    twice = np.array([1.0, 2.0, 2.0, 4.0, 8.0, 8.0])
    weights = np.array([1.0, 2.0, 1.0, 2.0])
    for p, q in ((1, 0), (3, 2), (4, 3), (2, 2)):
        assert moment_mean(values, weights, p, q) == pytest.approx(moment_mean(twice, np.ones(6), p, q))


def test_the_scale_of_weights_does_not_matter():
    values, weights = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 1.5, 1.1, 3.0])
    assert standard_deviation(values, weights) == pytest.approx(standard_deviation(values, 7 * weights))
    assert effective_count(weights) == pytest.approx(effective_count(7 * weights))


def test_equal_weights_give_the_standard_deviation_of_a_sample():
    values = np.random.default_rng(0).normal(10, 1, 37)
    assert standard_deviation(values, np.full(37, 3.0)) == pytest.approx(values.std(ddof=1))


def test_mean_sizes_in_small_units_do_not_overflow():
    values = np.array([1e120, 2e120])
    assert moment_mean(values, np.ones(2), 4, 3) == pytest.approx(1e120 * 17 / 9)
