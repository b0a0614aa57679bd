"""Numbers for people end where their uncertainty ends, and the exact ones are in the page too."""

import re

import pytest

from nanosieve.report.numbers import interval, number, p_value, plain, rounded, with_uncertainty
from nanosieve.statistics.results import Estimate


def text(markup):
    return re.sub(r"<[^>]+>", "", markup)


def test_the_example_of_the_gum():
    # GUM 7.2.2: m_S = 100.021 47 g with u_c = 0.35 mg
    assert text(with_uncertainty(100.02147, 0.00035, "g")) == "100.02147 ± 0.00035\u202fg"


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (79.4731, 76.98, 82.11, ("79.5", "77.0", "82.1")),
        (1234.56, 1180.0, 1290.0, ("1235", "1180", "1290")),
        (15234.0, 12000.0, 18000.0, ("15200", "12000", "18000")),
        (0.0012345, 0.0012, 0.00127, ("0.001234", "0.001200", "0.001270")),
    ],
)
def test_an_interval_says_how_many_figures_mean_something(value, low, high, shown):
    # two figures of the half width, GUM 7.2.6
    assert rounded(Estimate(value=value, low=low, high=high)) == shown


def test_an_interval_of_no_width_does_not_divide_by_zero():
    assert rounded(Estimate(value=50.0, low=50.0, high=50.0)) == ("50.00", "50.00", "50.00")


def test_the_exact_value_is_kept_for_machines():
    assert '<data value="81.29330380664082">81.29</data>' in number(81.29330380664082)
    assert 'value="79.47275005511747"' in interval(Estimate(value=79.47275005511747, low=76.0, high=83.0))


@pytest.mark.parametrize("value", [None, float("nan")])
def test_what_is_not_known_is_a_dash(value):
    assert plain(value) == number(value) == p_value(value) == "\u2013"
    assert interval(Estimate(value=None)) == "\u2013"


def test_small_and_large_numbers_need_no_exponent():
    assert plain(0.00012345) == "0.0001234"
    assert plain(12345678.0) == "12350000"
    assert plain(0) == "0"
    assert p_value(0.00001) == "< 0.001"
