"""Excluded against accepted particles."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nanosieve.statistics.exclusions import compare_excluded


def table(**reasons):
    """Sizes of the accepted ones under `accepted`, of others under their reason."""
    parts = [
        pd.DataFrame(
            {"size": sizes, "accepted": name == "accepted", "reason": "" if name == "accepted" else name}
        )
        for name, sizes in reasons.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_excluded_that_are_larger_are_found_and_others_are_not():
    rng = np.random.default_rng(0)
    alike, larger, accepted = rng.normal(50, 5, 80), rng.normal(70, 5, 40), rng.normal(50, 5, 300)
    found = {
        each.reason: each
        for each in compare_excluded(table(accepted=accepted, unknown=alike, covered=larger), "size")
    }
    assert list(found) == ["all", "covered", "unknown"]
    assert found["all"].count == 120
    assert found["covered"].p < 1e-6
    assert found["unknown"].p > 0.05
    assert found["covered"].ks == pytest.approx(stats.ks_2samp(larger, accepted).statistic)
    assert found["covered"].median == pytest.approx(np.median(larger))


def test_p_values_are_corrected_for_all_reasons():
    rng = np.random.default_rng(1)
    accepted, unknown = rng.normal(50, 5, 60), rng.normal(52, 5, 60)
    found = compare_excluded(table(accepted=accepted, unknown=unknown), "size")
    plain = stats.ks_2samp(unknown, accepted).pvalue
    # "all" and "unknown" are the same particles here
    assert [each.p for each in found] == pytest.approx([2 * plain, 2 * plain])


def test_nothing_to_compare():
    assert compare_excluded(table(accepted=np.ones(3)), "size") == ()
    assert compare_excluded(table(unknown=np.ones(3)), "size") == ()
    assert compare_excluded(table(accepted=np.ones(3), unknown=np.full(2, np.nan)), "size") == ()
