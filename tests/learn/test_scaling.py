"""Logits to confidences: each against what is known."""

import numpy as np
import pytest
from scipy.special import softmax

from nanosieve.learn.shapes.calibration import TEMPERATURES, Scaling, fit_scaling

COUNT, CLASSES = 20_000, 4
ALL = range(CLASSES)
FAMILIAR = np.zeros(COUNT)
ALIKE = np.ones(COUNT)


def drawn(seed=4):
    """Logits, and classes drawn with their probabilities."""
    generator = np.random.default_rng(seed)
    logits = 1.5 * generator.normal(size=(COUNT, CLASSES))
    # adding Gumbel noise and taking the largest is drawing from the softmax
    return logits, (logits + generator.gumbel(size=logits.shape)).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("biases", [(0, 0, 0, 0), (1, -1, 0.5, -0.5)])
def test_what_was_done_to_the_logits_is_undone(temperature, biases):
    # The scale is known from n particles to about 1 / sqrt(n) = 0.7 %; 4 % are several times that.
    logits, classes = drawn()
    scaling = fit_scaling((logits - biases) * temperature, classes, ALL, FAMILIAR, ALIKE)
    assert scaling.temperature == pytest.approx(temperature, rel=0.04)
    # what is added to all of them changes nothing
    assert scaling.biases - scaling.biases.mean() == pytest.approx(
        np.array(biases) - np.mean(biases), abs=0.08
    )


def test_the_scaling_heeds_the_weights():
    logits, classes = drawn()
    # half of the answers are three times as sure of themselves, and do not count
    logits[::2] *= 3
    weights = np.tile([0.0, 2.0], COUNT // 2)
    assert fit_scaling(logits, classes, ALL, FAMILIAR, weights).temperature == pytest.approx(1, rel=0.04)
    assert fit_scaling(logits, classes, ALL, FAMILIAR, ALIKE).temperature > 1.3


def test_a_class_seen_twice_hardly_shifts():
    generator = np.random.default_rng(1)
    logits = np.zeros((1000, 3))
    classes = generator.integers(0, 2, 1000)
    classes[:2] = 2
    scaling = fit_scaling(logits, classes, range(3), np.zeros(1000), np.ones(1000))
    # by the likelihood alone its bias would be near log(2 / 500) = -5.5 under the others
    assert -5.2 < scaling.biases[2] - scaling.biases[:2].mean() < -3


def test_what_is_always_right_has_the_lowest_temperature_and_no_endless_bias():
    logits = 10 * np.eye(3)[np.arange(300) % 3]
    scaling = fit_scaling(logits, np.arange(300) % 3, range(3), np.zeros(300), np.ones(300))
    assert TEMPERATURES[0] <= scaling.temperature < 2
    assert np.abs(scaling.biases).max() < 1


def test_confidences_sum_to_one_and_what_is_strange_is_unknown():
    logits, _ = drawn()
    strange = np.linspace(0, 1, COUNT)
    scaling = Scaling(2.0, np.array([0.5, 0, 0, -0.5]))
    confidences = scaling.confidences(logits, [0, 1, 2], strange)
    assert confidences.sum(axis=1) == pytest.approx(np.ones(COUNT))
    # the last class was learnt as unknown
    expected = softmax(logits / 2 + [0.5, 0, 0, -0.5], axis=1)
    assert confidences[0] == pytest.approx(expected[0])
    assert confidences[-1] == pytest.approx([0, 0, 0, 1])


def test_unknown_particles_that_are_strange_anyway_ask_for_no_bias():
    # Half of the particles are of no class, and familiarity tells all of them; the network sees classes in them.
    logits, classes = drawn()
    strange = np.repeat([0.0, 1.0], COUNT // 2)
    truth = np.where(strange == 1, CLASSES, classes)
    with_unknown = np.column_stack([logits, np.full(COUNT, -9.0)])
    scaling = fit_scaling(with_unknown, truth, ALL, strange, ALIKE)
    assert scaling.temperature == pytest.approx(1, rel=0.06)
    assert scaling.biases[:CLASSES] == pytest.approx(np.zeros(CLASSES), abs=0.1)
