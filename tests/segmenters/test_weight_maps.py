"""Weight maps against brute force."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from nanosieve import Host

MAPS = Host().weight_maps
PIXELS = np.zeros((70, 90), np.float32)


def brute_force(labels, w0=10.0, sigma=7.0):
    """One distance transform a particle, stacked and sorted: the usual recipe."""
    numbers = np.unique(labels[labels > 0])
    weights = np.ones(labels.shape)
    if len(numbers) >= 2:
        distances = np.sort([distance_transform_edt(labels != number) for number in numbers], axis=0)
        gap = w0 * np.exp(-((distances[0] + distances[1]) ** 2) / (2 * sigma**2))
        weights += np.where(labels > 0, 0, gap)
    return weights


@pytest.fixture(params=range(6))
def labels(request):
    """Random boxes, touching, in several parts, and single pixels."""
    rng = np.random.default_rng(request.param)
    labels = np.zeros(PIXELS.shape, np.int32)
    for number in range(1, 3 + 5 * request.param):
        y, x, h, w = rng.integers(0, 65), rng.integers(0, 85), rng.integers(1, 15), rng.integers(1, 15)
        labels[y : y + h, x : x + w] = number
    return labels


@pytest.mark.parametrize("options", [{}, {"w0": 3.0, "sigma": 2.0}, {"w0": 25.0, "sigma": 12.0}])
def test_distance_is_exact(labels, options):
    spec = MAPS["distance"]
    found = spec(labels, PIXELS, spec.config(**options))
    assert np.abs(found - brute_force(labels, **options)).max() < 1e-5


def test_no_particle_and_one_particle_weigh_one():
    one = np.zeros(PIXELS.shape, np.int32)
    one[10:20, 10:20] = 1
    for labels in (np.zeros_like(one), one):
        assert (MAPS["distance"](labels, PIXELS) == 1).all()


def test_uniform_is_one_everywhere(labels):
    assert (MAPS["uniform"](labels, PIXELS) == 1).all()
