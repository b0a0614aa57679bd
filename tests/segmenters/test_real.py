"""Segmenters on real micrographs, against what other tools reach there."""

from pathlib import Path

import pytest

from nanosieve import Host
from nanosieve.evaluation import evaluate
from nanosieve.labelled import read_data
from nanosieve.loading import load_segmenter

HOST = Host()
ROOT = Path(__file__).parents[2]


def means(segmenter, data, source, limit=40):
    """Mean pixel IoU and instance F1 over the first images of a source."""
    data = read_data(ROOT / data, HOST.readers)
    splits = ("train", "validation", "test")
    entries = sorted(
        (entry for split in splits for entry in data.of(split) if entry.source == source),
        key=lambda entry: entry.name,
    )
    evaluation = evaluate(entries[:limit], load_segmenter(segmenter, HOST).tool)
    assert not evaluation.failures
    return evaluation.images["iou"].mean(), evaluation.images["instance_f1"].mean()


@pytest.mark.parametrize(
    ("data", "source", "iou", "f1"),
    # the best threshold tool on all 40 fields of BAM TiO2 SE has 0.817 and 0.401, on EMPS another has 0.420 and 0.064
    [
        ("benchmarks/labelled.toml", "BAM TiO2 SE", 0.817, 0.401),
        ("registry/recipes/data_all.toml", "AMPIS powder", 0.9, 0.7),
        ("benchmarks/labelled.toml", "EMPS", 0.42, 0.24),
    ],
)
def test_threshold_beats_other_threshold_tools(shared_data, data, source, iou, f1):
    mean_iou, mean_f1 = means("threshold", data, source)
    assert mean_iou > iou
    assert mean_f1 > f1


def test_the_shipped_model_tells_particle_from_ground_better_than_networks_of_that_specimen(shared_data):
    # 0.876: the better of the two published image IoU on all 40 fields, whose networks were trained on this specimen
    iou, f1 = means("auto", "benchmarks/labelled.toml", "BAM TiO2 SE")
    assert iou > 0.876
    # the threshold tool above
    assert f1 > 0.401
