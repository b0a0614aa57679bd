"""Charging and drift follow what was put into the picture, and only rows have them."""

from dataclasses import replace

import numpy as np
import pytest

from known_particles import known_particles
from nanosieve import Micrograph, Segmentation
from nanosieve.image_quality.regions import divide
from nanosieve.image_quality.scanning import charging, drift

KINDS = ("se", "stem_bf", "stem_df")
# In the simulator a row's own shift has 0.4 / sqrt(1 + 0.4^2) of `drift_px`; the rest neighbours share.
OWN_SHIFT = 0.4 / np.sqrt(1.16)


def divided(kind, **settings):
    particles = known_particles(kind, **settings)
    return divide(particles.micrograph, particles.segmentation)


def turned(regions):
    flipped = {
        name: np.ascontiguousarray(getattr(regions, name).T) for name in ("pixels", "ground", "core", "band")
    }
    return replace(regions, **flipped)


@pytest.mark.parametrize("kind", KINDS)
def test_drift_is_the_shift_of_a_row_in_px(kind):
    found = [drift(divided(kind, drift_px=level)) for level in (0.0, 0.6, 1.2, 2.4)]
    assert found == sorted(found)
    assert found[0] < 0.1
    # 350 rows with few edges each: 15 %
    assert found[2:] == pytest.approx([1.2 * OWN_SHIFT, 2.4 * OWN_SHIFT], rel=0.15)


@pytest.mark.parametrize("kind", KINDS)
def test_charging_grows_with_its_setting(kind):
    found = [charging(divided(kind, charging=level)) for level in (0.0, 0.2, 0.4, 0.8)]
    assert found == sorted(found)
    assert found[0] < 0.012
    # proportional: twice the streaks, twice the number, with what is left of noise and texture
    assert found[3] / found[2] == pytest.approx(2, rel=0.35)


@pytest.mark.parametrize(("number", "settings"), [(drift, {"drift_px": 1.2}), (charging, {"charging": 0.4})])
def test_columns_are_not_taken_for_rows(number, settings):
    regions = divided("se", **settings)
    assert number(turned(regions)) < 0.3 * number(regions)


def test_shifted_rows_of_a_known_picture():
    # stripes, every row moved by a known amount: the shifts are normal with 0.4 px
    rng = np.random.default_rng(3)
    x = np.arange(400)[None] + 0.4 * rng.standard_normal((300, 1))
    stripes = np.clip(0.5 + 0.25 * (np.abs((x % 80) - 40) - 20), 0.2, 0.8).astype(np.float32)
    labels = ((np.arange(400) + 20) % 80 < 40).astype(np.int32) * np.ones((300, 1), np.int32)
    regions = divide(Micrograph(pixels=stripes), Segmentation(labels=1 - labels))
    # least squares is exact for shifts that are small beside the width of an edge, here 2.4 px
    assert drift(regions) == pytest.approx(0.4, rel=0.12)


def test_streaks_of_known_height():
    # each row of the ground is lifted by a normal 0.02, particles are 0.4 brighter: streaks of 5 %
    rng = np.random.default_rng(4)
    labels = np.zeros((300, 400), np.int32)
    labels[100:200, 150:250] = 1
    pixels = 0.3 + 0.4 * (labels > 0) + 0.02 * rng.standard_normal((300, 1))
    assert charging(divide(Micrograph(pixels=pixels.astype(np.float32)), Segmentation(labels=labels))) == (
        pytest.approx(0.05, rel=0.15)
    )


@pytest.mark.parametrize("shape", [(1, 1), (2, 40), (40, 2), (8, 200)])
def test_small_pictures_have_no_number(shape):
    regions = divide(
        Micrograph(pixels=np.full(shape, 0.5, np.float32)), Segmentation(labels=np.zeros(shape, np.int32))
    )
    assert np.isnan(charging(regions))
    assert np.isnan(drift(regions))
