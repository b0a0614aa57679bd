"""Large pictures are gone through in stripes and windows: what is found must not depend on where those lie."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import reconstruction

from nanosieve import labels as label_images
from nanosieve.labels import components, largest_in, pixel_counts, relabel
from nanosieve.learn import parting
from nanosieve.learn.instances import find_instances
from nanosieve.learn.targets import depth_in_particles

PITCH, RADIUS = 24, 13
SIDE = 12 * PITCH


@pytest.fixture
def narrow(monkeypatch):
    """Stripes of three rows, and windows of four particles a side that see another three."""
    monkeypatch.setattr(label_images, "STRIPE_PX", 3 * SIDE)
    monkeypatch.setattr(parting, "WINDOW_PX", 4 * PITCH + 5)
    monkeypatch.setattr(parting, "BEYOND_PX", 3 * PITCH)


def film():
    """Discs in a square lattice, so large that all hang together; the label of each pixel, and the relative depth."""
    centres = np.arange(PITCH // 2, SIDE, PITCH)
    y, x = np.mgrid[:SIDE, :SIDE]
    rows, columns = y // PITCH, x // PITCH
    inside = np.hypot(y - centres[rows], x - centres[columns]) <= RADIUS
    labels = np.where(inside, rows * len(centres) + columns + 1, 0).astype(np.int32)
    return labels, depth_in_particles(labels)


def parted(foreground, depth):
    return find_instances(
        foreground, depth, None, threshold=0.5, prominence=0.1, least_depth=0.4, least_px=12
    )


def test_a_film_is_parted_into_its_particles_across_the_borders_of_windows(request):
    labels, depth = film()
    foreground = (labels > 0).astype(np.float32)
    assert components(foreground > 0.5).max() == 1
    whole = parted(foreground, depth)
    request.getfixturevalue("narrow")
    found = parted(foreground, depth)
    assert found.max() == labels.max() == 144
    # each has the middle of its disc, and windows move only pixels as near to one as to the other
    middles = depth == 1
    assert len(np.unique(np.stack([labels[middles], found[middles]]), axis=1).T) == 144
    pixels = np.unique(np.stack([whole.ravel(), found.ravel()]), axis=1, return_counts=True)[1]
    assert np.sort(pixels)[-145:].sum() > 0.98 * labels.size


def test_numbers_of_particles_do_not_depend_on_stripes(narrow):
    labels = np.random.default_rng(3).integers(0, 9, (40, SIDE)).astype(np.int32) ** 2
    values = np.random.default_rng(4).random(labels.shape, np.float32)
    assert np.array_equal(pixel_counts(labels), np.bincount(labels.ravel()))
    present = np.unique(labels)
    assert np.array_equal(largest_in(labels, values)[present], ndimage.maximum(values, labels, present))
    assert np.array_equal(relabel(labels), np.searchsorted(present, labels))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (1, 1)])
def test_empty_pictures_have_no_particles(shape):
    assert relabel(np.zeros(shape, np.int32)).shape == shape
    assert pixel_counts(np.zeros(shape, np.int32)).sum() == np.prod(shape)


@pytest.mark.parametrize("length", [60, 2 * parting.STEPS * parting.MOST_ROUNDS])
def test_a_flood_spreads_as_far_as_it_can_however_long_its_way(length):
    # a ridge that falls more slowly than the seed lies below it, so that its top floods all of it; noise beside it
    height = np.random.default_rng(1).uniform(0, 0.5, (40, length)).astype(np.float32)
    height[20] = np.linspace(1, 0.8, length)
    seed = height - np.float32(0.3)
    flooded = parting.flooded(seed, height)
    assert np.array_equal(flooded, reconstruction(seed, height, method="dilation"))
    assert np.allclose(flooded[20], 0.7)
