"""Curves of fits agree with one another and with SciPy."""

import numpy as np
import pytest
from scipy import integrate, stats

from nanosieve.statistics.families import cumulative, density, quantile
from nanosieve.statistics.results import Fit, Goodness, Parameter

PARAMETERS = {
    "lognormal": {"mu": 4.0, "sigma": 0.4},
    "normal": {"mean": 60.0, "sd": 15.0},
    "weibull": {"shape": 3.0, "scale": 70.0},
    "lognormal_2": {"share_1": 0.3, "mu_1": 3.4, "sigma_1": 0.1, "share_2": 0.7, "mu_2": 4.2, "sigma_2": 0.3},
}


def fit(name, limit=0.0):
    asked = Goodness(statistic=0.0, p=None)
    return Fit(
        name=name,
        parameters={
            key: Parameter(value=value, standard_error=None) for key, value in PARAMETERS[name].items()
        },
        truncated_at=limit,
        count=1,
        log_likelihood=0.0,
        aic=0.0,
        bic=0.0,
        ks=asked,
        ad=asked,
        chosen=True,
    )


@pytest.mark.parametrize("limit", [0.0, 40.0])
@pytest.mark.parametrize("name", PARAMETERS)
def test_the_density_integrates_to_the_cumulative_distribution_and_the_quantile_inverts_it(name, limit):
    each = fit(name, limit)
    start = max(limit, 1e-3)
    for size in (45.0, 70.0, 110.0):
        area, _ = integrate.quad(lambda x: float(density(each, x)), start, size, limit=200)
        share = float(cumulative(each, size))
        # a normal distribution without a limit has a little below 0
        assert area == pytest.approx(share, abs=2e-4)
        assert float(quantile(each, share)) == pytest.approx(size, rel=1e-5)


def test_nothing_is_seen_below_the_limit():
    each = fit("lognormal", 40.0)
    assert density(each, [39.9, 40.1])[0] == 0
    assert cumulative(each, [39.0, 40.0]) == pytest.approx([0, 0])


def test_curves_are_those_of_scipy():
    sizes = np.array([20.0, 60.0, 100.0])
    assert density(fit("lognormal"), sizes) == pytest.approx(stats.lognorm.pdf(sizes, 0.4, scale=np.exp(4)))
    assert density(fit("weibull"), sizes) == pytest.approx(stats.weibull_min.pdf(sizes, 3, scale=70))
    mixed = 0.3 * stats.lognorm.cdf(sizes, 0.1, scale=np.exp(3.4)) + 0.7 * stats.lognorm.cdf(
        sizes, 0.3, scale=np.exp(4.2)
    )
    assert cumulative(fit("lognormal_2"), sizes) == pytest.approx(mixed)
