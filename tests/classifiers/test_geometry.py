"""The classifier `geometry` on shapes that are known, and on junk."""

import numpy as np
import pytest

from classifying import drawn
from nanosieve import Host, Micrograph, Segmentation, cut_particles
from nanosieve.classifying import classify
from nanosieve.loading import load_classifier

CLASSIFIER = load_classifier("geometry", Host()).tool
SHAPES = {name: name for name in ("circle", "rod", "triangle", "square", "pentagon", "hexagon")} | {
    "capsule": "rod"
}


def found(name, size, repeats=12):
    """Class and confidence of each drawing."""
    rng = np.random.default_rng(size)
    answers = []
    for _ in range(repeats):
        covered = drawn(name, size, rng)
        labels = (covered >= 0.5).astype(np.int32)
        segmentation = Segmentation(labels=labels, foreground=covered)
        classification = classify(cut_particles(Micrograph(pixels=covered), segmentation), CLASSIFIER)
        answers.append((classification.best[0], float(classification.confidence[0])))
    return answers


@pytest.mark.parametrize("size", [20, 40, 80])
@pytest.mark.parametrize("name", SHAPES)
def test_clean_shapes_have_their_class_surely(name, size):
    for best, confidence in found(name, size):
        assert best == SHAPES[name]
        assert confidence >= 0.75


@pytest.mark.parametrize("size", [20, 40, 80])
@pytest.mark.parametrize("name", ["blob", "crescent"])
def test_junk_is_mostly_unknown(name, size):
    assert np.mean([confidence >= 0.75 for _, confidence in found(name, size, 20)]) <= 0.2


def test_touching_discs_are_an_agglomerate_or_unknown_and_never_a_shape():
    answers = found("cluster", 60, 20)
    sure = [best for best, confidence in answers if confidence >= 0.75]
    assert set(sure) == {"agglomerate"}
    assert len(sure) >= len(answers) / 2


def test_a_slightly_oval_particle_is_still_a_circle_and_a_long_one_a_rod():
    y, x = np.indices((90, 90)) - 45.3
    for minor, wanted in ((0.92, "circle"), (0.5, "rod")):
        level = np.hypot(x / 30, y / (30 * minor))
        covered = np.clip((1 - level) * 30 * minor + 0.5, 0, 1).astype(np.float32)
        labels = (covered >= 0.5).astype(np.int32)
        particles = cut_particles(Micrograph(pixels=covered), Segmentation(labels=labels, foreground=covered))
        answer = classify(particles, CLASSIFIER)
        assert answer.best == (wanted,)
        assert answer.confidence[0] >= 0.75
