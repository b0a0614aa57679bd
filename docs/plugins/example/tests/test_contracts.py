"""The offers of this distribution keep their contracts: a line each."""

from nanosieve_example import plugin

from nanosieve import Host
from nanosieve.testing import check_classifier, check_measure, check_segmenter, check_weight_map

HOST = Host(plugin, entry_points=False)


def test_nothing_is_wrong_with_the_plugin():
    assert HOST.problems == ()


def test_segmenter():
    check_segmenter(HOST.segmenters["log_blobs"])


def test_weight_map():
    check_weight_map(HOST.weight_maps["bright"])


def test_classifier():
    check_classifier(HOST.classifiers["roundish"])


def test_measure():
    check_measure(HOST.measures["slenderness"])
