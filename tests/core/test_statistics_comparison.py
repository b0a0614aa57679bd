"""Two samples: what is alike is seldom called different, what differs is found."""

import numpy as np
import pytest
from scipy import stats

from nanosieve.errors import ScaleError, UsageError
from nanosieve.statistics.comparison import Sample, compare_samples, kolmogorov_smirnov, mann_whitney
from nanosieve.statistics.options import StatisticsOptions
from nanosieve.statistics.sample import describe_sample
from sampled import tables

QUICK = StatisticsOptions(rounds=200, goodness_rounds=0)
RNG = np.random.default_rng(0)


def sample(name, images=12, particles=60, seed=0, factor=1.0, keep=slice(None)):
    table, rows = tables(images, particles, seed)
    sizes = [column for column in table if column.endswith("_nm")]
    table[sizes] *= factor
    table = table[keep]
    return Sample(
        name=name, particles=table, images=rows, statistics=describe_sample(table, rows, "nm", options=QUICK)
    )


def by_name(comparison):
    return {test.name: test for test in comparison.tests}


def test_kolmogorov_smirnov_without_weights_is_scipys():
    x, y = RNG.normal(0, 1, 80), RNG.normal(0.4, 1, 120)
    theirs = stats.ks_2samp(x, y, method="asymp")
    ours = kolmogorov_smirnov(x, np.ones(80), y, np.ones(120))
    assert ours.statistic == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-6)


def test_mann_whitney_without_weights_is_scipys():
    x, y = RNG.normal(0, 1, 80), RNG.normal(0.4, 1, 120)
    theirs = stats.mannwhitneyu(y, x, method="asymptotic", use_continuity=False)
    ours = mann_whitney(x, np.ones(80), y, np.ones(120))
    assert ours.statistic == pytest.approx(theirs.statistic / (80 * 120))
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-6)


def test_a_sample_and_itself_do_not_differ():
    (found,) = compare_samples([sample("a"), sample("b")])
    assert found.ratio.value == pytest.approx(1)
    assert all(test.p_corrected > 0.9 for test in found.tests)
    assert "no difference" in found.sentence


def test_a_difference_of_a_fifth_is_found():
    (found,) = compare_samples([sample("a"), sample("b", seed=1, factor=1.2)])
    assert found.ratio.low < 1.2 < found.ratio.high
    assert by_name(found)["median_ratio"].p_corrected < 0.05
    assert found.ratio.low > 1
    assert "differ" in found.sentence


def test_the_ratio_is_seldom_off_where_only_images_differ():
    # two samples of few images of the same specimen: the test that respects images must not cry wolf
    alarms = [
        by_name(compare_samples([sample("a", 5, 40, 2 * seed), sample("b", 5, 40, 2 * seed + 1)])[0])[
            "median_ratio"
        ].p
        < 0.05
        for seed in range(6)
    ]
    assert sum(alarms) <= 1


def test_all_pairs_are_corrected_together():
    found = compare_samples([sample("a"), sample("b", seed=1), sample("c", seed=2)])
    assert [(each.first, each.second) for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    p = [test.p for each in found for test in each.tests]
    corrected = [test.p_corrected for each in found for test in each.tests]
    assert min(corrected) == pytest.approx(min(1, min(p) * len(p)))
    assert all(after >= before for before, after in zip(p, corrected, strict=True))


def test_a_sample_of_one_particle_is_answered():
    (found,) = compare_samples([sample("a"), sample("b", keep=slice(1))])
    assert found.tests == ()
    assert "fewer than two" in found.sentence


def test_what_cannot_be_compared_is_refused():
    one = sample("a")
    with pytest.raises(UsageError, match="two or more"):
        compare_samples([one])
    with pytest.raises(UsageError, match="two samples are called 'a'"):
        compare_samples([one, one])
    with pytest.raises(UsageError, match="no size 'length'"):
        compare_samples([one, sample("b")], "length")
    in_px = one.particles.rename(columns=lambda name: name.replace("_nm", "_px"))
    other = Sample(
        name="b",
        particles=in_px,
        images=one.images,
        statistics=describe_sample(in_px, one.images, "px", options=QUICK),
    )
    with pytest.raises(ScaleError, match="'a' is in nm, 'b' in px"):
        compare_samples([one, other])
