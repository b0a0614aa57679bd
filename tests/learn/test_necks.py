"""Necks that are too shallow for all are cut where what comes apart is more convex."""

import numpy as np
import pytest

from labelled_pictures import disc_labels
from nanosieve.labels import components, outline_areas
from nanosieve.learn.instances import find_instances

SHAPE = (100, 160)
OPTIONS = {"threshold": 0.5, "prominence": 0.3, "least_depth": 0.4, "least_px": 12}
# Discs of 40 px, 34 px apart: the neck is 21 px wide, so that the logarithms of distance differ by ln(23 / 13.5), half
# of which is 0.27, less than the prominence of 0.3.
PAIR = [(40, 50, 20), (74, 50, 20)]


def found(mask, depth, **options):
    return find_instances(mask.astype(np.float32), depth.astype(np.float32), **{**OPTIONS, **options})


def test_particles_that_are_black_right_through_come_apart_at_their_neck():
    mask = disc_labels(SHAPE, PAIR) > 0
    # the network sees no edge between them
    labels = found(mask, mask * 0.9)
    assert labels.max() == 1
    labels = found(mask, mask * 0.9, neck_prominence=0.1)
    assert labels.max() == 2
    assert np.array_equal(labels > 0, mask)
    areas = np.bincount(labels.ravel())[1:]
    assert areas[0] == pytest.approx(areas[1], rel=0.03)


def test_what_is_convex_stays_one_however_rough_its_depth_is():
    y, x = np.indices(SHAPE)
    mask = (np.abs(y - 50) < 20) & (np.abs(x - 80) < 40)
    # two ridges, between which the depth falls to a half
    depth = mask * (0.75 - 0.25 * np.cos((x - 80) * np.pi / 25))
    assert found(mask, depth).max() == 1
    assert found(mask, depth, neck_prominence=0.05).max() == 1
    # as the prominence of all pieces it parts them
    assert found(mask, depth, prominence=0.05).max() == 2


def test_no_crumbs_are_cut_off():
    # a bump of 14 px on a disc of 40 px has a neck, but an eighth of the area
    bump = [(40, 50, 20), (64, 50, 7)]
    mask = disc_labels(SHAPE, bump) > 0
    assert found(mask, mask * 0.9, neck_prominence=0.1).max() == 1


def test_a_bent_rod_has_no_neck():
    y, x = np.indices(SHAPE)
    mask = ((np.abs(y - 20) < 8) & (np.abs(x - 60) < 40)) | ((np.abs(y - 50) < 38) & (np.abs(x - 28) < 8))
    area, hull = outline_areas(mask)
    assert area < 0.8 * hull
    assert found(mask, mask * 0.9, neck_prominence=0.1).max() == 1


def test_a_cross_keeps_its_arms():
    # arms of 16 px, each large enough for a particle
    y, x = np.indices(SHAPE)
    mask = ((np.abs(y - 50) < 8) & (np.abs(x - 80) < 56)) | ((np.abs(y - 50) < 40) & (np.abs(x - 80) < 8))
    area, hull = outline_areas(mask)
    assert area < 0.5 * hull
    # a middle in each arm, as the prominence of all pieces shows
    depth = mask * np.where((np.abs(x - 80) < 20) & (np.abs(y - 50) < 20), 0.5, 0.9)
    assert found(mask, depth, prominence=0.1).max() >= 4
    assert found(mask, depth, neck_prominence=0.1).max() == 1


def test_outline_areas_of_a_square_and_of_a_ring():
    square = np.zeros((40, 40), bool)
    square[5:25, 5:25] = True
    assert outline_areas(square) == (400, 400)
    square[10:20, 10:20] = False
    assert outline_areas(square) == (400, 400)
    assert components(square).max() == 1
