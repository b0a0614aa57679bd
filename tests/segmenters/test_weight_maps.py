"""Weight maps against brute force."""

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from nanosieve import Host
from nanosieve_segmenters.weight_maps.batched import intensity_weights

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


@pytest.mark.parametrize("name", ["distance", "intensity", "balance"])
def test_no_particle_weighs_one(name):
    assert (MAPS[name](np.zeros(PIXELS.shape, np.int32), PIXELS) == 1).all()


@pytest.mark.parametrize("name", ["distance", "intensity"])
def test_one_particle_weighs_one(name):
    labels = np.zeros(PIXELS.shape, np.int32)
    labels[10:20, 10:20] = 1
    assert (MAPS[name](labels, PIXELS) == 1).all()


@pytest.mark.parametrize("name", MAPS)
def test_nothing_but_particle_weighs_one(name):
    assert (MAPS[name](np.ones(PIXELS.shape, np.int32), PIXELS) == 1).all()


def test_intensity_is_the_formula_of_the_paper():
    # Two particles with three columns of ground between them; in the middle d1 = d2 = 2 px from centre to centre.
    labels = np.zeros((40, 40), np.int32)
    labels[:, 5:18], labels[:, 21:35] = 1, 2
    pixels = np.zeros(labels.shape, np.float32)
    pixels[:, 19], pixels[:, 25] = 0.3, 0.6
    weights = MAPS["intensity"](labels, pixels)
    gap = 10 * np.exp(-((2 + 2) ** 2) / (2 * 7**2))
    # 0.3 lies half way from the darkest pixel, 0, to the brightest, 0.6
    assert weights[20, 19] == pytest.approx(1 + gap + 2 * 0.5, abs=1e-5)
    # at the same distances in the dark, d1 = 1 and d2 = 3
    assert weights[20, 18] == pytest.approx(1 + gap, abs=1e-5)
    assert weights[20, 25] == 1


def test_without_gamma_intensity_is_distance(labels):
    pixels = np.random.default_rng(0).random(labels.shape, np.float32)
    intensity = MAPS["intensity"]
    flat = intensity(labels, pixels, intensity.config(gamma=0))
    assert np.array_equal(flat, MAPS["distance"](labels, pixels))


def test_balance_gives_particles_and_ground_the_same_sum(labels):
    weights = MAPS["balance"](labels, PIXELS)
    assert weights[labels > 0].sum() == pytest.approx(weights[labels == 0].sum(), rel=1e-4)
    assert weights.mean() == pytest.approx(1, rel=1e-5)


def check_batched(labels, device):
    pixels = np.random.default_rng(1).random(labels.shape, np.float32)
    batch = np.stack([labels, labels[::-1, ::-1], np.zeros_like(labels)])
    greys = np.stack([pixels, pixels[::-1, ::-1], pixels])
    on_device = torch.from_numpy(batch).to(device), torch.from_numpy(greys).to(device)
    spec = MAPS["intensity"]
    found = intensity_weights(*on_device, spec.config()).cpu().numpy()
    for one, grey, weights in zip(batch, greys, found, strict=True):
        assert np.abs(weights - spec(np.ascontiguousarray(one), grey)).max() < 1e-5


def test_a_batch_gives_the_same_as_single_images(labels):
    check_batched(labels, "cpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_batch_on_the_gpu_gives_the_same_as_single_images(labels):
    check_batched(labels, "cuda")


def test_uniform_is_one_everywhere(labels):
    assert (MAPS["uniform"](labels, PIXELS) == 1).all()
