"""Saturation and noise follow what was put into the picture."""

from dataclasses import replace

import numpy as np
import pytest

from known_particles import known_particles
from nanosieve import Micrograph, Segmentation
from nanosieve.grey import to_grey
from nanosieve.image_quality.grey_levels import noise, saturation
from nanosieve.image_quality.regions import divide

RNG = np.random.default_rng(4)


def regions_of(pixels, labels):
    return divide(Micrograph(pixels=pixels), Segmentation(labels=labels))


def square(side=200):
    labels = np.zeros((side, side), np.int32)
    labels[50:150, 60:140] = 1
    return labels


@pytest.mark.parametrize("sigma", [0.01, 0.03, 0.1])
def test_noise_is_the_standard_deviation_over_the_contrast(sigma):
    labels = square()
    pixels = 0.3 + 0.4 * (labels > 0) + sigma * RNG.standard_normal(labels.shape)
    # 34,000 pixels and a mask of nine: the mean is known to about 1 %
    assert noise(regions_of(pixels.astype(np.float32), labels)) == pytest.approx(sigma / 0.4, rel=0.03)


def test_noise_does_not_see_slopes_and_edges():
    labels = square()
    slope = np.linspace(0, 0.2, 200, dtype=np.float32) + np.zeros((200, 1), np.float32)
    pixels = (0.2 + 0.4 * (labels > 0) + slope).astype(np.float32)
    assert noise(regions_of(pixels, labels)) < 1e-3


def test_noise_of_a_simulated_picture_follows_its_setting():
    levels = [noise(divide_known("stem_df", noise=level)) for level in (0.0, 0.03, 0.08, 0.15)]
    assert levels == sorted(levels)
    assert levels[-1] > 4 * levels[0]


def divide_known(kind, **settings):
    particles = known_particles(kind, **settings)
    return divide(particles.micrograph, particles.segmentation)


def test_a_picture_in_which_nothing_was_found_has_noise_all_the_same():
    # 24 % of the pixels are brighter by 0.5, and nobody said that they are particles
    pixels = 0.2 + 0.5 * (square() > 0) + 0.1 * RNG.standard_normal((200, 200))
    found = noise(regions_of(np.clip(pixels, 0, 1).astype(np.float32), np.zeros((200, 200), np.int32)))
    assert found == pytest.approx(0.2, rel=0.1)


def test_a_picture_of_one_grey_has_no_number():
    assert np.isnan(noise(regions_of(np.full((60, 60), 0.5, np.float32), np.zeros((60, 60), np.int32))))


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_saturation_is_the_share_of_pixels_that_were_cut_off(share):
    raw = RNG.normal(120, 25, (300, 300))
    cut = np.clip(raw, 0, np.quantile(raw, 1 - share))
    pixels, _, _ = to_grey(cut)
    # besides, the darkest thousandth that scaling cuts off
    assert saturation(Micrograph(pixels=pixels)) == pytest.approx(share + 0.001, abs=0.001)


def test_nothing_is_saturated_in_a_picture_of_normal_grey_values():
    pixels, _, _ = to_grey(RNG.normal(120, 25, (300, 300)).round().astype(np.uint8))
    assert saturation(Micrograph(pixels=pixels)) < 0.005


def test_pixels_that_are_not_valid_do_not_count():
    pixels = np.clip(RNG.normal(0.5, 0.1, (100, 100)), 0.01, 0.99).astype(np.float32)
    pixels[:50] = 1
    valid = np.ones((100, 100), bool)
    valid[:50] = False
    micrograph = Micrograph(pixels=pixels, valid=valid)
    assert saturation(micrograph) == 0
    assert saturation(replace(micrograph, valid=None)) == 0.5
