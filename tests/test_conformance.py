"""Everything that the plugins of nanosieve offer keeps its contract."""

import pytest

from nanosieve import Host
from nanosieve.testing import check_classifier, check_measure, check_segmenter, check_weight_map

HOST = Host()


def test_no_plugin_has_a_problem():
    assert HOST.problems == ()


# those that must be trained first have tests of their own, with weights, and those elsewhere, with a server
def ready(catalogue):
    return [name for name, spec in catalogue.items() if spec.fit is None and not spec.schemes]


@pytest.mark.parametrize("name", ready(HOST.segmenters))
def test_segmenter(name):
    check_segmenter(HOST.segmenters[name])


@pytest.mark.parametrize("name", HOST.weight_maps)
def test_weight_map(name):
    check_weight_map(HOST.weight_maps[name])


@pytest.mark.parametrize("name", ready(HOST.classifiers))
def test_classifier(name):
    check_classifier(HOST.classifiers[name])


@pytest.mark.parametrize("name", HOST.measures)
def test_measure(name):
    check_measure(HOST.measures[name])
