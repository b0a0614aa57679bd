"""Distances between fits and particles, against SciPy."""

import numpy as np
import pytest
from scipy import stats

from nanosieve.statistics.fits import fit_sizes
from nanosieve.statistics.goodness import anderson_darling, kolmogorov_smirnov

UNIFORM = np.random.default_rng(1).uniform(size=60)


def test_distances_of_equal_weights_are_the_usual_ones():
    ones = np.ones(60)
    assert kolmogorov_smirnov(UNIFORM, ones) == pytest.approx(stats.kstest(UNIFORM, "uniform").statistic)
    # Anderson and Darling 1954: -n - sum (2 i - 1) (ln u_i + ln(1 - u_(n + 1 - i))) / n
    ordered = np.sort(UNIFORM)
    odd = 2 * np.arange(1, 61) - 1
    expected = -60 - (odd * (np.log(ordered) + np.log(1 - ordered[::-1]))).mean()
    assert anderson_darling(UNIFORM, ones) == pytest.approx(expected)


def test_a_weight_of_two_is_a_particle_counted_twice():
    weights = np.where(np.arange(60) < 20, 2.0, 1.0)
    twice = np.concatenate([UNIFORM, UNIFORM[:20]])
    assert kolmogorov_smirnov(UNIFORM, weights) == pytest.approx(kolmogorov_smirnov(twice, np.ones(80)))
    assert anderson_darling(UNIFORM, weights) == pytest.approx(anderson_darling(twice, np.ones(80)))


@pytest.mark.parametrize("statistic", ["ks", "ad"])
def test_p_values_are_those_of_scipys_monte_carlo(statistic):
    # skewed a little, so that a normal distribution is in doubt
    sizes = 50 + 10 * np.random.default_rng(3).gamma(12, size=80)
    fits = fit_sizes(sizes, np.ones(80), 0.0, rounds=2000, rng=np.random.default_rng(0))
    (normal,) = (fit for fit in fits if fit.name == "normal")
    theirs = stats.goodness_of_fit(
        stats.norm, sizes, statistic=statistic, n_mc_samples=2000, rng=np.random.default_rng(0)
    )
    ours = getattr(normal, statistic)
    # SciPy divides by n - 1 where the maximum of the likelihood divides by n
    assert ours.statistic == pytest.approx(theirs.statistic, rel=0.03)
    # two Monte Carlo estimates of 2000 rounds
    assert ours.p == pytest.approx(theirs.pvalue, abs=0.05)


def test_a_wrong_distribution_is_found_out():
    sizes = np.random.default_rng(3).uniform(20, 100, 500)
    fits = {
        fit.name: fit for fit in fit_sizes(sizes, np.ones(500), 0.0, rounds=200, rng=np.random.default_rng(0))
    }
    assert fits["lognormal"].ks.p < 0.01
    assert fits["lognormal"].ad.p < 0.01


def test_only_a_chosen_mixture_is_judged_by_bootstrap():
    rng = np.random.default_rng(3)
    sizes = np.exp(np.concatenate([rng.normal(3.4, 0.2, 700), rng.normal(4.3, 0.3, 800)]))
    fits = {fit.name: fit for fit in fit_sizes(sizes, np.ones(1500), 0.0, rounds=100, rng=rng)}
    assert fits["lognormal_2"].chosen
    assert fits["lognormal"].ks.p < 0.01 < fits["lognormal_2"].ks.p
    assert fits["lognormal_3"].ks.p is None
