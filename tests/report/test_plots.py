"""Plots inside a page: valid, small, without an address, and true to the particles."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from nanosieve.report.plots.distribution import CURVE_POINTS, bins_of, draw_distribution, seen_steps
from nanosieve.report.plots.inline import figure, inline
from nanosieve.report.plots.rods import draw_rods
from nanosieve.report.plots.samples import SampleCurve, draw_cumulative, draw_quantile_bars
from nanosieve.statistics.results import Estimate, Quantiles
from report_pages import addresses_in


def quantiles_of(sizes):
    d10, d50, d90 = (Estimate(value=float(each)) for each in np.quantile(sizes, (0.1, 0.5, 0.9)))
    return Quantiles(d10=d10, d50=d50, d90=d90, span=Estimate(value=None))


def lognormal(count, sigma=0.3):
    return np.random.default_rng(1).lognormal(np.log(80), sigma, count)


def curve(name, sizes):
    return SampleCurve(name=name, sizes=sizes, weights=np.ones(len(sizes)), quantiles=quantiles_of(sizes))


def draw(sizes, **options):
    arguments = {"weighting": "number", "label": "size, nm", "name": "plot", **options}
    return draw_distribution(sizes, np.ones(len(sizes)), quantiles_of(sizes), None, **arguments)


def test_a_plot_is_valid_and_has_no_address():
    drawn = str(draw(lognormal(500)))
    ElementTree.fromstring(drawn)
    assert addresses_in(drawn) == []
    assert "xmlns" not in drawn


def test_the_same_particles_give_the_same_plot():
    assert draw(lognormal(100)) == draw(lognormal(100))


def test_two_plots_of_a_page_share_no_id():
    one, other = (
        set(re.findall(r'\bid="([^"]+)"', draw(lognormal(100), name=name))) for name in ("number", "volume")
    )
    assert one
    assert not one & other


def test_plots_of_many_particles_stay_small():
    assert len(draw(lognormal(20_000))) < 60_000
    rods = np.random.default_rng(2).lognormal(4, 0.2, (2, 20_000))
    assert len(draw_rods(rods.max(axis=0), rods.min(axis=0), "nm")) < 200_000


@pytest.mark.parametrize(
    "sizes",
    [np.array([50.0, 50.0]), lognormal(3), lognormal(2000), lognormal(500, 1.5)],
    ids=["all alike", "three", "many", "over decades"],
)
def test_bins_hold_every_particle(sizes):
    edges = bins_of(sizes)
    assert np.histogram(sizes, edges)[0].sum() == len(sizes)
    assert (np.diff(edges) > 0).all()
    ElementTree.fromstring(str(draw(sizes)))


def test_a_thinned_cumulative_curve_is_off_by_less_than_a_pixel():
    # one particle in a hundred holds half of the volume
    shares = np.where(np.arange(20_000) % 100 == 0, 99.0, 1.0)
    summed = 100 * np.cumsum(shares) / shares.sum()
    kept = seen_steps(summed)
    assert len(kept) <= 2 * CURVE_POINTS
    # a step is drawn at its height until the next one that is kept
    drawn = summed[kept[np.searchsorted(kept, np.arange(len(summed)), side="right") - 1]]
    assert np.abs(drawn - summed).max() < 2 * 100 / CURVE_POINTS


def test_names_are_text_in_every_language_and_never_markup():
    names = ["金 7", "_hidden", "5 $ a $ piece", "<b>&", "a/very/long/path/to/the/results/of/a/sample"]
    curves = [curve(name, lognormal(50) * (1 + index)) for index, name in enumerate(names)]
    for drawn in (draw_cumulative(curves, "size, nm"), draw_quantile_bars(curves, "size, nm")):
        texts = [each.text for each in ElementTree.fromstring(str(drawn)).iter("text")]
        shown = [text.lstrip("\u200b") for text in texts]
        assert set(names[:4]) <= set(shown)
        assert any(text.startswith("…") and text.endswith("of/a/sample") for text in shown)


def test_letters_and_lines_take_the_colours_of_the_page():
    with figure() as drawn:
        drawn.add_subplot().set_xlabel("x")
        text = inline(drawn, "plot", "nothing")
    assert "var(--ink)" in text
    assert "var(--faint)" in text
    assert "#010203" not in text
