"""Holm's correction."""

import pytest

from nanosieve.statistics.corrected_p import holm


def test_the_example_of_the_textbook():
    # four tests, smallest times 4, next times 3, ... and never below the one before
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_one_test_stays_as_it_is_and_none_is_above_one():
    assert holm([0.2]) == [0.2]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
