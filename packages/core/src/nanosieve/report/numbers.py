"""Numbers for people: rounded by their interval, and exact for machines in the same place."""

from __future__ import annotations

import math

from markupsafe import Markup

from nanosieve.statistics.results import Estimate

# Figures of a number that has no interval to say how many of them mean something.
DIGITS = 4
# Of an uncertainty, the GUM (7.2.6) gives two figures at most; the value ends where they end.
DIGITS_OF_UNCERTAINTY = 2
NOTHING = "\u2013"


def plain(value: float | None, digits: int = DIGITS) -> str:
    """A number with so many significant digits, without exponent where it can be read; a dash for None and NaN."""
    if value is None or math.isnan(value):
        return NOTHING
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    return _fixed(value, digits - 1 - math.floor(math.log10(abs(value))))


def number(value: float | None, digits: int = DIGITS, unit: str = "") -> Markup:
    """A number as HTML, ``<data value="81.29330380664082">81.29</data> nm``: the exact one is in the page too."""
    return NOTHING_MARKUP if value is None or math.isnan(value) else _data(value, plain(value, digits), unit)


def interval(estimate: Estimate, unit: str = "") -> Markup:
    """``79.5 nm, 95 % interval 76.2 to 83.4 nm``; the value alone where there is no interval."""
    if estimate.value is None:
        return NOTHING_MARKUP
    if estimate.low is None or estimate.high is None:
        return number(estimate.value, unit=unit)
    value, low, high = rounded(estimate)
    return Markup("{} <span class=interval>{} to {}</span>").format(
        _data(estimate.value, value, unit), _data(estimate.low, low), _data(estimate.high, high, unit)
    )


def rounded(estimate: Estimate) -> tuple[str, str, str]:
    """Value and ends of an interval, as far as its half width has two figures.

    Raises
    ------
    ValueError
        If it has no value or no interval.
    """
    if estimate.value is None or estimate.low is None or estimate.high is None:
        raise ValueError("only an estimate with an interval can be rounded by it")
    half = (estimate.high - estimate.low) / 2
    if half <= 0:
        return plain(estimate.value), plain(estimate.low), plain(estimate.high)
    decimals = DIGITS_OF_UNCERTAINTY - 1 - math.floor(math.log10(half))
    return _fixed(estimate.value, decimals), _fixed(estimate.low, decimals), _fixed(estimate.high, decimals)


def with_uncertainty(value: float | None, uncertainty: float, unit: str = "") -> Markup:
    """``79.4 ± 2.8 nm``: the uncertainty with two figures, the value as far as it reaches (GUM 7.2.6)."""
    if value is None or not uncertainty > 0:
        return number(value, unit=unit)
    decimals = DIGITS_OF_UNCERTAINTY - 1 - math.floor(math.log10(uncertainty))
    known = _data(value, _fixed(value, decimals)), _data(uncertainty, _fixed(uncertainty, decimals), unit)
    return Markup("{} ± {}").format(*known)


def percent(share: float | None) -> Markup:
    """A share as percent, ``<data value="0.551">55.1</data> %``."""
    if share is None or math.isnan(share):
        return NOTHING_MARKUP
    return _data(share, f"{100 * share:.1f}", "%")


def p_value(p: float | None) -> str:
    """A p value; below 0.001 only that."""
    if p is None or math.isnan(p):
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


NOTHING_MARKUP = Markup(NOTHING)


def _data(value: float, text: str, unit: str = "") -> Markup:
    number = Markup('<data value="{}">{}</data>').format(repr(float(value)), text)
    # a narrow no-break space: a number and its unit stay on one line
    return Markup("{}\u202f{}").format(number, unit) if unit else number


def _fixed(value: float, decimals: int) -> str:
    """`decimals` may be negative: 1234 to -2 is 1200."""
    return f"{round(value, decimals):.{max(decimals, 0)}f}"
