"""The segmenter `threshold` on pictures whose particles are known."""

import cv2
import numpy as np
import pytest

from label_images import instance_f1, pixel_iou
from nanosieve import Host, Micrograph, cut_particles
from nanosieve.loading import load_segmenter
from nanosieve.simulate import KINDS, SimulationSettings, simulate
from rendering import disc, render

HOST = Host()


def segment(grey, **options):
    polarity = options.pop("polarity_of_image", "bright")
    tool = load_segmenter("threshold", HOST, options).tool
    return tool.segment(Micrograph(pixels=grey.astype(np.float32), polarity=polarity))


@pytest.mark.parametrize(
    ("diameter", "blur", "noise"), [(24, 0.7, 0), (24, 1, 0.05), (60, 1.5, 0.05), (60, 1, 0.1)]
)
def test_diameter_of_a_blurred_noisy_disc_is_right_within_a_tenth_of_a_pixel(diameter, blur, noise):
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(25):
        grey = cv2.GaussianBlur(0.25 + 0.5 * np.pad(render(disc(diameter), rng), 12), (0, 0), blur)
        grey = np.clip(grey + rng.normal(0, noise, grey.shape), 0, 1).astype(np.float32)
        found = segment(grey)
        assert found.count == 1
        area = cut_particles(Micrograph(pixels=grey), found).areas[0]
        errors.append(np.sqrt(4 * area / np.pi) - diameter)
    # 25 repeats know the mean to a few hundredths of a pixel
    assert abs(np.mean(errors)) < 0.1


def discs(*places, shape=(120, 160), radius=16):
    y, x = np.indices(shape)
    distance = np.min([np.hypot(x - px, y - py) for px, py in places], axis=0)
    return 0.2 + 0.6 * np.clip(radius - distance + 0.5, 0, 1)


def test_touching_discs_are_cut_apart_and_not_when_told_so():
    grey = discs((50, 60), (80, 60), (108, 75))
    assert segment(grey).count == 3
    assert segment(grey, split=False).count == 1


def test_dark_particles_are_the_negative_of_bright_ones():
    grey = discs((40, 40), (100, 70))
    bright, dark = segment(grey), segment(1 - grey, polarity_of_image="dark")
    assert np.array_equal(bright.labels, dark.labels)


def test_a_ring_keeps_its_hole_and_a_pinhole_is_filled():
    ring, pin = discs((80, 60), radius=40), discs((80, 60), radius=40)
    cv2.circle(ring, (80, 60), 25, 0.2, cv2.FILLED)
    cv2.circle(pin, (80, 60), 3, 0.2, cv2.FILLED)
    assert segment(ring).labels[60, 80] == 0
    assert segment(pin).labels[60, 80] == 1


def test_an_uneven_ground_is_flattened():
    grey = discs(*((x, y) for x in (30, 80, 130) for y in (30, 90)), radius=12)
    x = np.indices(grey.shape)[1]
    uneven = 0.75 * grey + 0.25 * x / grey.shape[1]
    found, wanted = segment(uneven), segment(grey)
    assert instance_f1(found.labels, wanted.labels) == 1
    # a hundredth of these discs is 0.06 px all along their edge
    assert pixel_iou(found.labels, wanted.labels) > 0.99


@pytest.mark.parametrize(
    "pixels", [np.zeros((60, 60)), np.ones((60, 60)), np.random.default_rng(0).random((200, 200))]
)
def test_pictures_without_particles_have_none(pixels):
    assert segment(pixels).count == 0


def test_foreground_is_half_at_the_edge_and_agrees_with_the_labels():
    found = segment(cv2.GaussianBlur(discs((50, 60), (80, 60)), (0, 0), 1))
    assert ((found.foreground >= 0.5) == (found.labels > 0)).all()
    assert found.foreground[60, 50] == 1
    assert found.foreground[5, 5] == 0


def test_masked_pixels_hold_no_particles():
    grey = discs((40, 60), (110, 60)).astype(np.float32)
    valid = np.ones(grey.shape, bool)
    valid[:, 80:] = False
    tool = load_segmenter("threshold", HOST).tool
    found = tool.segment(Micrograph(pixels=grey, valid=valid, polarity="bright"))
    assert found.count == 1
    assert not found.labels[~valid].any()


@pytest.mark.parametrize("kind", KINDS)
def test_simulated_particles_that_lie_apart_are_found(kind):
    settings = SimulationSettings(height=500, width=600, clustering=0, agglomerates=0, data_bar=False)
    picture = simulate(kind, settings, seed=4)
    grey = (picture.pixels / 255).astype(np.float32)
    found = segment(grey, polarity_of_image=picture.polarity)
    assert pixel_iou(found.labels, picture.labels) > 0.9
    assert instance_f1(found.labels, picture.labels) > 0.9


def test_instance_f1_agrees_with_brute_force():
    rng = np.random.default_rng(1)
    for _ in range(10):
        one, other = (
            cv2.resize(rng.integers(0, 6, (6, 6)).astype(np.uint8), (40, 40), interpolation=cv2.INTER_NEAREST)
            for _ in range(2)
        )
        other = np.where(rng.random(one.shape) < 0.7, one, other)
        matches = sum(
            ((one == a) & (other == b)).sum() > 0.5 * ((one == a) | (other == b)).sum()
            for a in np.unique(one[one > 0])
            for b in np.unique(other[other > 0])
        )
        count = len(np.unique(one[one > 0])) + len(np.unique(other[other > 0]))
        assert instance_f1(one, other) == pytest.approx(2 * matches / count)
