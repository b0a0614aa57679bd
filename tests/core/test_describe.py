"""Statistics of accepted particles against numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from nanosieve.statistics.describe import balance, describe, describe_classes


def test_statistics_of_eleven_sizes():
    # 0 to 10: quantiles fall on the values themselves; sample variance of 0..10 is 11
    found = describe(np.arange(11.0))
    assert found == {
        "count": 11,
        "mean": 5.0,
        "standard_deviation": pytest.approx(11**0.5),
        "median": 5.0,
        "d10": 1.0,
        "d90": 9.0,
    }


def test_nothing_is_made_up_for_none_or_one_particle():
    assert describe(np.array([])) == {
        "count": 0,
        "mean": None,
        "standard_deviation": None,
        "median": None,
        "d10": None,
        "d90": None,
    }
    assert describe(np.array([3.0]))["standard_deviation"] is None
    assert describe(np.array([3.0]))["median"] == 3.0


def table():
    return pd.DataFrame(
        {
            "class": ["circle", "circle", "rod", "unknown", "circle"],
            "accepted": [True, True, True, False, False],
            "reason": ["", "", "", "unknown", "edge"],
            "size": [1.0, 3.0, 5.0, 100.0, 100.0],
        }
    )


def test_balance_closes():
    found = balance(table())
    assert found == {"detected": 5, "accepted": 3, "edge": 1, "unknown": 1}
    assert found["detected"] == sum(count for name, count in found.items() if name != "detected")


def test_excluded_particles_do_not_enter_the_sizes():
    found = describe_classes(table(), "size")
    assert list(found) == ["all", "circle", "rod"]
    assert found["all"]["mean"] == 3.0
    assert found["circle"]["median"] == 2.0
