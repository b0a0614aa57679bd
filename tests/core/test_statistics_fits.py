"""Fits against SciPy, against what they claim of themselves, and against samples of known distribution."""

import numpy as np
import pytest
from scipy import optimize, stats

from nanosieve.statistics.fits import fit_sizes
from sample_statistics import fit_honesty

RNG = np.random.default_rng(7)
SIZES = np.exp(RNG.normal(4, 0.35, 400))


def fitted(sizes, weights=None, limit=0.0, rounds=0):
    ones = np.ones_like(sizes) if weights is None else weights
    fits = fit_sizes(sizes, ones, limit, rounds=rounds, rng=np.random.default_rng(0))
    return {fit.name: fit for fit in fits}


def values(fit):
    return {name: parameter.value for name, parameter in fit.parameters.items()}


def test_fits_without_weights_and_limit_are_those_of_scipy():
    fits = fitted(SIZES)
    sigma, _, scale = stats.lognorm.fit(SIZES, floc=0)
    assert values(fits["lognormal"]) == pytest.approx({"mu": np.log(scale), "sigma": sigma}, rel=1e-6)
    mean, sd = stats.norm.fit(SIZES)
    assert values(fits["normal"]) == pytest.approx({"mean": mean, "sd": sd}, rel=1e-6)
    shape, _, scale = stats.weibull_min.fit(SIZES, floc=0)
    assert values(fits["weibull"]) == pytest.approx({"shape": shape, "scale": scale}, rel=1e-4)
    likelihood = stats.weibull_min.logpdf(SIZES, shape, scale=scale).sum()
    assert fits["weibull"].log_likelihood == pytest.approx(likelihood, abs=1e-3)


def test_standard_errors_of_a_lognormal_are_those_of_the_textbook():
    parameters = fitted(SIZES)["lognormal"].parameters
    sigma = parameters["sigma"].value
    assert parameters["mu"].standard_error == pytest.approx(sigma / np.sqrt(400), rel=1e-4)
    assert parameters["sigma"].standard_error == pytest.approx(sigma / np.sqrt(800), rel=1e-4)


def test_criteria_are_those_of_the_likelihood():
    fit = fitted(SIZES)["lognormal"]
    assert fit.aic == pytest.approx(4 - 2 * fit.log_likelihood)
    assert fit.bic == pytest.approx(2 * np.log(400) - 2 * fit.log_likelihood)


@pytest.mark.parametrize("name", ["lognormal", "normal", "weibull"])
def test_a_truncated_fit_is_where_scipy_finds_the_likelihood_highest(name):
    limit = 50.0
    seen = SIZES[limit <= SIZES]
    weights = 1 + seen / 300

    def distribution(parameters):
        if name == "lognormal":
            return stats.lognorm(parameters[1], scale=np.exp(parameters[0]))
        if name == "normal":
            return stats.norm(*parameters)
        return stats.weibull_min(parameters[0], scale=parameters[1])

    def cost(parameters):
        if parameters[1] <= 0 or (name == "weibull" and parameters[0] <= 0):
            return np.inf
        each = distribution(parameters)
        return -(weights * (each.logpdf(seen) - each.logsf(limit))).sum()

    start = {"lognormal": (4, 0.3), "normal": (55, 20), "weibull": (2.5, 60)}[name]
    theirs = optimize.minimize(
        cost, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000}
    )
    ours = fitted(seen, weights, limit)[name]
    assert list(values(ours).values()) == pytest.approx(list(theirs.x), rel=1e-3)


def test_truncation_gives_back_what_the_limit_hides():
    limit = 45.0
    sizes = np.exp(np.random.default_rng(1).normal(4, 0.35, 20_000))
    fit = fitted(sizes, limit=limit)["lognormal"]
    assert fit.count == (sizes >= limit).sum() < 15_000
    assert fit.truncated_at == limit
    for name, truth in (("mu", 4.0), ("sigma", 0.35)):
        parameter = fit.parameters[name]
        assert abs(parameter.value - truth) < 3.5 * parameter.standard_error


@pytest.mark.parametrize("components", [2, 3])
def test_a_mixture_is_chosen_by_bic_and_found_again(components):
    rng = np.random.default_rng(2)
    mu = np.log([30.0, 60.0, 130.0])[:components]
    part = rng.choice(components, 3000)
    sizes = np.exp(rng.normal(mu[part], 0.12))
    fits = fitted(sizes)
    (chosen,) = (fit for fit in fits.values() if fit.chosen)
    assert chosen.name == f"lognormal_{components}"
    found = values(chosen)
    for number, centre in enumerate(mu, 1):
        assert found[f"mu_{number}"] == pytest.approx(centre, abs=0.03)
        assert found[f"sigma_{number}"] == pytest.approx(0.12, abs=0.02)
        assert found[f"share_{number}"] == pytest.approx(1 / components, abs=0.03)
        # of a share that is counted: sqrt(p (1 - p) / n)
        expected = np.sqrt((1 / components) * (1 - 1 / components) / 3000)
        assert chosen.parameters[f"share_{number}"].standard_error == pytest.approx(expected, rel=0.15)


def test_one_lognormal_is_seldom_taken_for_a_mixture():
    rng = np.random.default_rng(3)
    chosen = [
        next(name for name, fit in fitted(np.exp(rng.normal(4, 0.4, 150))).items() if fit.chosen)
        for _ in range(40)
    ]
    assert sum(name.startswith("lognormal_") for name in chosen) <= 2


def test_standard_errors_and_p_values_are_honest_with_edge_weights_and_truncation():
    found = fit_honesty(1500, repeats=60, seed=4)
    # standard errors over 60 samples: 0.13 of a mean, 0.09 of a deviation, 0.065 and 0.03 of the shares
    assert abs(found["mean of (mu - truth) / se"]) < 0.45
    assert found["sd of it"] == pytest.approx(1, abs=0.3)
    assert found["sd of it "] == pytest.approx(1, abs=0.3)
    assert found["share of KS p below 0.5"] == pytest.approx(0.5, abs=0.2)
    assert found["share of KS p below 0.05"] < 0.15


def test_few_or_equal_sizes_have_no_fit():
    assert fitted(SIZES[:9]) == {}
    assert set(fitted(SIZES[:10])) == {"lognormal", "normal", "weibull"}
    assert fitted(np.full(50, 3.0)) == {}
    assert fitted(np.empty(0)) == {}


def test_a_sample_cut_where_it_is_densest_still_has_a_fit():
    # falls from the limit on, as an exponential does: a normal distribution would want its centre at -infinity
    sizes = 50 + np.random.default_rng(4).exponential(20, 300)
    fits = fitted(sizes, limit=50.0)
    for fit in fits.values():
        assert np.isfinite(fit.log_likelihood), fit.name


def test_sizes_in_whole_pixels_with_many_at_the_limit_have_fits_that_are_no_spikes():
    sizes = np.round(np.random.default_rng(5).lognormal(np.log(14), 0.35, 500))
    fits = fitted(sizes[sizes >= 10], limit=10.0)
    for fit in fits.values():
        assert np.isfinite(fit.log_likelihood), fit.name
        for name, value in values(fit).items():
            # whole pixels of 10 and more are a tenth apart at most
            assert not name.startswith("sigma") or value > 0.01, (fit.name, name)
