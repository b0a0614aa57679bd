"""Cut-outs: where particles lie on them, and what else they show."""

import numpy as np
import pytest

from label_images import squares
from labelled_pictures import disc_labels
from nanosieve import Micrograph, Segmentation
from nanosieve.learn.shapes.cutouts import NEIGHBOUR, cut_outs
from nanosieve.particles import cut_particles

GREY, MASK = 0, 1
OPTIONS = {"size": 64, "margin": 0.1, "mask": True, "batch": 8}


def particles_of(labels, grey=None):
    labels = np.asarray(labels, np.int32)
    grey = (labels > 0).astype(np.float32) if grey is None else grey
    return cut_particles(Micrograph(pixels=grey), Segmentation(labels=labels))


def cut(particles, **more):
    """All cut-outs, copied out of the array that is used again."""
    return np.concatenate([batch.copy() for batch in cut_outs(particles, **{**OPTIONS, **more})])


def box_of(mask):
    """First and last row and column of what is at least half on, ends excluded."""
    rows, columns = np.nonzero(mask >= 128)
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def rectangle(y, x, height, width, shape=(120, 160)):
    labels = np.zeros(shape, np.int32)
    labels[y : y + height, x : x + width] = 1
    return labels


def test_the_aspect_ratio_is_kept():
    (planes,) = cut(particles_of(rectangle(30, 40, 20, 50)))
    y0, y1, x0, x1 = box_of(planes[MASK])
    # 50 px and 5 px on both sides are scaled to 64 px
    assert x1 - x0 == pytest.approx(50 * 64 / 60, abs=1)
    assert y1 - y0 == pytest.approx(20 * 64 / 60, abs=1)
    # what is beside the enlarged box of 30 x 60 px is 0, although the picture goes on there
    grey = np.full((120, 160), 0.5, np.float32)
    grey[30:50, 40:90] = 1
    grey[:, :5] = 0
    (planes,) = cut(particles_of(rectangle(30, 40, 20, 50), grey))
    assert (planes[GREY, :15] == 0).all()
    assert (planes[GREY, -15:] == 0).all()
    assert (planes[GREY, 18:46] > 0).all()


@pytest.mark.parametrize(("y", "x"), [(50, 60), (0, 60), (50, 0), (0, 0), (100, 60), (50, 120), (100, 120)])
def test_the_box_of_a_particle_is_in_the_middle_also_at_the_edge_of_the_picture(y, x):
    grey = np.full((120, 160), 0.5, np.float32)
    grey[0::7, 0::7], grey[3::7, 3::7] = 0, 1
    (planes,) = cut(particles_of(rectangle(y, x, 20, 40), grey))
    y0, y1, x0, x1 = box_of(planes[MASK])
    assert abs((y0 + y1) / 2 - 32) <= 1
    assert abs((x0 + x1) / 2 - 32) <= 1
    # 4 of 48 px on each side lie outside of the picture: 5 of 64
    beyond = {"left": planes[GREY, :, :4], "right": planes[GREY, :, -4:]}
    assert (beyond["left"].max() == 0) == (x == 0)
    assert (beyond["right"].max() == 0) == (x == 120)


def test_in_a_crowd_the_mask_is_that_of_the_particle_alone():
    labels = squares((10, 10), (10, 30), (30, 10), (30, 30))
    planes = cut(particles_of(labels))
    # 20 of 24 px in 64: the own square has the same area in all four, the neighbours are grey values only
    for place in planes:
        assert np.count_nonzero(place[MASK] >= 128) == pytest.approx((64 * 20 / 24) ** 2, rel=0.05)
    # to the right of the first square lies the second, and nothing to the left
    assert planes[0, GREY, 32, 63] == 255
    assert planes[0, MASK, 32, 63] == 0
    assert planes[0, GREY, 32, 0] == 0


def test_neighbours_are_shown_half_as_bright_where_they_are_asked_for():
    particles = particles_of(squares((10, 10), (10, 30), (30, 10), (30, 30)))
    alone, crowd = cut(particles), cut(particles, neighbours=True)
    assert np.array_equal(crowd[:, GREY], alone[:, GREY])
    # the enlarged box of the first square reaches 2 px into the one to its right and the one below
    assert crowd[0, MASK, 32, 63] == crowd[0, MASK, 63, 32] == NEIGHBOUR
    assert crowd[0, MASK, 32, 0] == crowd[0, MASK, 0, 32] == 0
    own = alone[:, MASK] == 255
    assert (crowd[:, MASK][own] == 255).all()


def test_without_the_second_channel_the_first_is_the_same():
    particles = particles_of(squares((10, 10), (10, 30)))
    alone = cut(particles, mask=False)
    assert alone.shape == (2, 1, 64, 64)
    assert np.array_equal(alone, cut(particles)[:, :1])


def test_a_particle_of_one_pixel_has_a_cut_out():
    (planes,) = cut(particles_of(rectangle(5, 7, 1, 1, shape=(12, 12))))
    # one pixel and one on each side are scaled to 64 px: a third of the side
    y0, y1, x0, x1 = box_of(planes[MASK])
    assert y1 - y0 == pytest.approx(64 / 3, abs=2)
    assert x1 - x0 == pytest.approx(64 / 3, abs=2)
    # the middle of the pixel lies between four of the cut-out
    assert planes[GREY, 32, 32] > 230


def test_a_particle_larger_than_the_cut_out_is_made_smaller():
    labels = disc_labels((300, 400), [(200, 150, 120)])
    (planes,) = cut(particles_of(labels), size=32)
    # a disc keeps its share of the square: its diameter is 1 / 1.2 of the side
    assert np.count_nonzero(planes[MASK] >= 128) == pytest.approx(np.pi / 4 * (32 / 1.2) ** 2, rel=0.03)
    # averaged, not sampled: the edge has values between
    assert np.count_nonzero((planes[MASK] > 0) & (planes[MASK] < 255)) > 40


def test_a_particle_that_fills_the_picture_has_zeros_around_it():
    labels = np.ones((40, 40), np.int32)
    grey = np.full((40, 40), 0.5, np.float32)
    (planes,) = cut(particles_of(labels, grey))
    assert (planes[:, 0] == 0).all()
    assert (planes[:, :, -1] == 0).all()
    assert (planes[MASK, 8:56, 8:56] == 255).all()


def test_no_particles_give_no_cut_outs():
    assert list(cut_outs(particles_of(np.zeros((20, 20))), **OPTIONS)) == []


def test_dark_particles_are_bright_in_cut_outs():
    labels = disc_labels((80, 80), [(40, 40, 15)]).astype(np.int32)
    dark = Micrograph(pixels=np.where(labels, 0.2, 0.8).astype(np.float32), polarity="dark")
    (planes,) = cut(cut_particles(dark, Segmentation(labels=labels)))
    assert planes[GREY, 32, 32] == 255
    assert planes[GREY, 1, 1] == 0


def test_batches_share_one_array_and_their_size_changes_nothing():
    discs = [(20 + 30 * (n % 5), 20 + 30 * (n // 5), 5 + n) for n in range(9)]
    grey = np.random.default_rng(0).random((120, 160), np.float32)
    particles = particles_of(disc_labels((120, 160), discs), grey)
    batches = list(cut_outs(particles, **{**OPTIONS, "batch": 4}))
    assert [len(batch) for batch in batches] == [4, 4, 1]
    assert all(np.shares_memory(batches[0], other) for other in batches[1:])
    everything = cut(particles, batch=100)
    for batch in (1, 4, 9):
        assert np.array_equal(cut(particles, batch=batch), everything)
    backwards = np.arange(9)[::-1]
    assert np.array_equal(cut(particles.take(backwards), batch=4), everything[backwards])
