"""Outlines: where they run, and that they never contradict the labels."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from skimage.measure import find_contours, perimeter_crofton

from nanosieve import Micrograph, Segmentation, cut_particles
from nanosieve.outline import crofton
from rendering import disc, render


def cut(labels, foreground=None, pixel_size_nm=None):
    micrograph = Micrograph(pixels=np.zeros(labels.shape, np.float32), pixel_size_nm=pixel_size_nm)
    labels = labels.astype(np.int32)
    return cut_particles(micrograph, Segmentation(labels=labels, foreground=foreground))


def block(*slices, shape=(20, 30)):
    labels = np.zeros(shape, np.int32)
    for number, each in enumerate(slices, 1):
        labels[each] = number
    return labels


def shoelace(points):
    x, y = points.T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def test_without_a_map_the_outline_runs_along_pixel_edges():
    # 8 x 12 pixels are 8 x 12 wide, not 7 x 11: through pixel centres a single pixel would have no width
    particles = cut(block(np.s_[4:12, 5:17]))
    outline = particles[0].outline
    assert outline.min(axis=0) == pytest.approx([4.5, 3.5])
    assert outline.max(axis=0) == pytest.approx([16.5, 11.5])
    assert shoelace(outline) == pytest.approx(96)
    assert particles.areas[0] == 96
    assert particles.geometry == "pixel_edges"


def test_with_a_map_the_outline_encloses_what_scikit_image_finds_but_for_the_slanted_steps():
    covered = render(disc(40), np.random.default_rng(0))
    particles = cut(covered >= 0.5, covered)
    contour = max(find_contours(covered, 0.5), key=len)
    assert shoelace(particles[0].outline) == pytest.approx(shoelace(contour), rel=5e-3)
    assert particles.geometry == "subpixel"


def test_the_area_is_the_sum_of_the_map_and_has_no_bias_from_3_px_radius_on():
    rng = np.random.default_rng(1)
    for diameter in (6, 10, 24, 70):
        errors = []
        for _ in range(8):
            covered = render(disc(diameter), rng)
            errors.append(cut(covered >= 0.5, covered).areas[0] / (np.pi * diameter**2 / 4) - 1)
        assert abs(np.mean(errors)) < 3e-3, diameter


def test_an_unsure_inside_does_not_shrink_a_particle():
    labels = block(np.s_[4:14, 5:25])
    sure = cut(labels, labels.astype(np.float32)).areas[0]
    unsure = labels * np.where(binary_dilation(labels == 0, iterations=2), 1, 0.8)
    assert cut(labels, unsure.astype(np.float32)).areas[0] == pytest.approx(sure)


def test_touching_particles_share_the_pixel_edge_between_them():
    labels = block(np.s_[5:15, 5:12], np.s_[5:15, 12:22])
    particles = cut(labels, (labels > 0).astype(np.float32))
    assert particles[0].outline[:, 0].max() == pytest.approx(11.5, abs=1e-3)
    assert particles[1].outline[:, 0].min() == pytest.approx(11.5, abs=1e-3)
    assert particles.areas.sum() == pytest.approx(170, rel=1e-3)


def test_half_of_a_one_pixel_gap_belongs_to_each_neighbour():
    labels = block(np.s_[5:15, 5:12], np.s_[5:15, 13:22])
    foreground = np.zeros(labels.shape, np.float32)
    foreground[5:15, 5:22] = 1
    particles = cut(labels, foreground)
    assert particles[0].outline[:, 0].max() == pytest.approx(12, abs=0.01)
    assert particles[1].outline[:, 0].min() == pytest.approx(12, abs=0.01)


def test_labels_and_outline_agree_even_where_the_map_contradicts_the_labels():
    labels = block(np.s_[5:15, 5:15])
    opposite = np.where(labels > 0, 0.2, 0.7).astype(np.float32)
    outline = cut(labels, opposite)[0].outline
    # a labelled pixel's centre is inside, its neighbour's outside
    assert (outline.min(axis=0) > 4 - 1e-3).all()
    assert (outline.min(axis=0) < 5 + 1e-3).all()


def test_a_hole_is_not_part_of_the_area_and_not_of_the_outline():
    labels = block(np.s_[2:18, 5:25])
    labels[8:12, 10:20] = 0
    particles = cut(labels)
    assert particles.areas[0] == 16 * 20 - 4 * 10
    assert shoelace(particles[0].outline) == pytest.approx(16 * 20)


def test_of_two_pieces_the_larger_gives_the_outline_and_both_the_hull():
    labels = block(np.s_[2:5, 2:5])
    labels[8:18, 10:28] = 1
    particles = cut(labels)
    assert shoelace(particles[0].outline) == pytest.approx(180)
    assert particles[0].hull.min(axis=0) == pytest.approx([1.5, 1.5])


def test_diagonal_neighbours_are_one_outline():
    labels = np.zeros((6, 6), np.int32)
    labels[2, 2] = labels[3, 3] = 1
    assert shoelace(cut(labels)[0].outline) == pytest.approx(2)


def test_a_particle_at_the_border_ends_there():
    labels = block(np.s_[0:10, 0:12])
    outline = cut(labels, (labels > 0).astype(np.float32))[0].outline
    assert outline.min() == pytest.approx(-0.5, abs=1e-3)


def test_crofton_agrees_with_scikit_image():
    covered = render(disc(60), np.random.default_rng(2)) >= 0.5
    found = crofton(covered.astype(np.int32), 1)[0]
    assert found == pytest.approx(perimeter_crofton(covered, directions=4), rel=2e-3)
    assert found == pytest.approx(60 * np.pi, rel=0.01)


def test_pixels_twice_as_high_as_wide_give_a_disc_its_shape_back():
    covered = render(disc(80), np.random.default_rng(3))
    even = covered[: covered.shape[0] // 2 * 2]
    squeezed = (even[::2] + even[1::2]) / 2
    labels = squeezed >= 0.5
    for foreground in (squeezed.astype(np.float32), None):
        particles = cut(labels, foreground, pixel_size_nm=(2.0, 1.0))
        extent = np.ptp(particles[0].outline, axis=0) * np.sqrt(2)  # isotropic px to nm
        assert extent == pytest.approx([80, 80], abs=2)
        assert particles.perimeters[0] * np.sqrt(2) == pytest.approx(80 * np.pi, rel=0.02)
        assert particles.areas[0] * 2 == pytest.approx(np.pi * 40**2, rel=0.01)


def test_no_particle_one_pixel_and_a_full_picture_are_fine():
    assert len(cut(np.zeros((5, 5), np.int32))) == 0
    assert cut(np.ones((1, 1), np.int32)).areas[0] == 1
    full = cut(np.ones((7, 9), np.int32), np.ones((7, 9), np.float32))
    assert full.areas[0] == pytest.approx(63)


def test_some_particles_keep_what_they_are():
    labels = block(np.s_[2:6, 2:6], np.s_[8:18, 8:20], np.s_[3:5, 20:28])
    particles = cut(labels).with_classes(["a", "b", "c"])
    chosen = particles.take([2, 0])
    assert [particle.label for particle in chosen] == [3, 1]
    assert [particle.class_name for particle in chosen] == ["c", "a"]
    assert chosen.areas.tolist() == [16, 16]
    assert np.array_equal(chosen[0].outline, particles[2].outline)
