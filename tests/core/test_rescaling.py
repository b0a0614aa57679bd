"""Particles of sizes that a model never saw are brought into its range."""

from dataclasses import dataclass

import numpy as np
import pytest

from nanosieve import Micrograph, Segmentation
from nanosieve.labels import components
from nanosieve.rescaling import RescalingSegmenter, median_diameter, typical_width
from pictures import draw_discs

RANGE = (12.0, 110.0)


@dataclass(frozen=True)
class ShortSighted:
    """Finds discs of 6 to 120 px; larger ones fall to pieces, smaller ones are missed."""

    calls: list

    def segment(self, micrograph):
        self.calls.append(micrograph.shape)
        foreground = micrograph.pixels.copy()
        labels = components(foreground > 0.5)
        areas = np.bincount(labels.ravel())
        diameters = np.sqrt(4 / np.pi * areas)
        y, x = np.indices(labels.shape)
        crumbs = (y // 4 % 2 == 0) & (x // 4 % 2 == 0)
        keep = (diameters > 6) & (diameters <= 120)
        mask = (labels > 0) & (keep[labels] | (diameters > 120)[labels] & crumbs)
        return Segmentation(labels=components(mask, 4), foreground=foreground)


def picture(shape, discs):
    return Micrograph(pixels=(draw_discs(shape, discs, ground=0, grey=255) / 255).astype(np.float32))


def segment(micrograph):
    calls = []
    return RescalingSegmenter(ShortSighted(calls), RANGE).segment(micrograph), calls


def test_particles_in_the_range_are_left_as_they_are():
    # above the geometric middle of the range, 36 px
    found, calls = segment(picture((300, 300), [(60, 60, 20), (150, 150, 20), (220, 80, 20)]))
    assert found.count == 3
    assert found.warnings == ()
    assert calls[0] == (300, 300)


def test_large_particles_are_reduced_and_come_back_in_their_size():
    discs = [(250, 250, 120), (700, 300, 120), (450, 700, 120)]
    found, _ = segment(picture((900, 900), discs))
    assert found.count == 3
    assert median_diameter(found.labels) == pytest.approx(240, rel=0.01)
    assert found.foreground.shape == (900, 900)
    assert "particles of about 24" in found.warnings[0]
    assert "trained on 12 to 110 px: segmented at 0.3" in found.warnings[0]
    assert len(found.warnings) == 1


def test_particles_far_outside_the_range_are_flagged():
    # four times the largest diameter of training and more
    found, _ = segment(picture((2000, 2000), [(500, 500, 230), (1400, 700, 230), (900, 1500, 230)]))
    assert found.count == 3
    assert "far outside the range of training" in found.warnings[1]


def test_small_particles_are_magnified():
    discs = [(20 + 30 * column, 20 + 30 * row, 4) for row in range(5) for column in range(5)]
    found, _ = segment(picture((180, 180), discs))
    assert found.count == 25
    assert median_diameter(found.labels) == pytest.approx(8, rel=0.05)
    assert len(found.warnings) == 1


def test_a_picture_that_would_become_too_large_is_not_magnified(monkeypatch):
    monkeypatch.setattr("nanosieve.rescaling.MOST_PX", 180 * 180)
    discs = [(20 + 30 * column, 20 + 30 * row, 4) for row in range(5) for column in range(5)]
    found, calls = segment(picture((180, 180), discs))
    assert found.warnings == ()
    assert max(calls) == (180, 180)


def test_an_image_without_particles_is_fine():
    found, _ = segment(Micrograph(pixels=np.zeros((500, 500), np.float32)))
    assert found.count == 0
    assert found.warnings == ()


@dataclass(frozen=True)
class Blind:
    """Sees only what is wide, in a picture at its size nothing and at twice the size `shown`."""

    shown: np.ndarray

    def segment(self, micrograph):
        larger = micrograph.shape == self.shown.shape
        labels = self.shown if larger else np.zeros(micrograph.shape, np.int32)
        return Segmentation(labels=labels, foreground=(labels > 0).astype(np.float32))


def test_where_nothing_is_found_dots_are_looked_for_at_twice_the_size():
    # discs of 5 px, which ShortSighted misses
    dots = picture((300, 300), [(60, 60, 2.5), (150, 150, 2.5), (220, 80, 2.5)])
    assert ShortSighted([]).segment(dots).count == 0
    found, calls = segment(dots)
    assert found.count == 3
    assert found.foreground.shape == (300, 300)
    assert found.magnification == 2
    assert found.warnings == ("nothing was found at first: segmented at 2 times the size",)
    assert calls[-1] == (600, 600)


@pytest.mark.parametrize(("arm", "count"), [(20, 4), (2, 0)])
def test_what_is_ragged_at_twice_the_size_is_noise(arm, count):
    # squares of 20 px, or crosses with arms of 2 px, which fill a fifth of their hulls
    shown = np.zeros((200, 200), np.int32)
    for number, (top, left) in enumerate([(10, 10), (10, 60), (60, 10), (60, 60)], 1):
        middle = slice((20 - arm) // 2, (20 + arm) // 2)
        box = shown[top : top + 20, left : left + 20]
        box[middle] = box[:, middle] = number
    micrograph = Micrograph(pixels=np.full((100, 100), 0.5, np.float32))
    found = RescalingSegmenter(Blind(shown), RANGE).segment(micrograph)
    assert found.count == count
    assert bool(found.warnings) == bool(count)


def test_the_typical_width_is_that_of_most_of_the_area():
    # three discs of 40 px beside twenty crumbs of 4 px
    crumbs = [(10 + 14 * number, 10, 2) for number in range(20)]
    found = components(
        picture((300, 300), [(60, 60, 20), (150, 150, 20), (220, 80, 20), *crumbs]).pixels > 0.5
    )
    assert median_diameter(found) < 6
    assert typical_width(found) == pytest.approx(40, rel=0.05)


def test_the_width_of_a_chain_is_that_of_its_links():
    chain = components(picture((80, 300), [(40 + 30 * number, 40, 16) for number in range(7)]).pixels > 0.5)
    assert chain.max() == 1
    assert typical_width(chain) == pytest.approx(32, rel=0.05)
