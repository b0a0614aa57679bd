"""The balance of counts closes."""

import pandas as pd

from nanosieve.statistics.balance import balance


def test_detected_is_accepted_and_all_reasons():
    table = pd.DataFrame(
        {"accepted": [True, True, True, False, False], "reason": ["", "", "", "unknown", "edge"]}
    )
    found = balance(table)
    assert found == {"detected": 5, "accepted": 3, "edge": 1, "unknown": 1}
    assert found["detected"] == sum(count for name, count in found.items() if name != "detected")


def test_nothing_detected():
    assert balance(pd.DataFrame({"accepted": pd.Series(dtype=bool), "reason": pd.Series(dtype=str)})) == {
        "detected": 0,
        "accepted": 0,
    }
