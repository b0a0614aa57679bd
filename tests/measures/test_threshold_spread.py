"""How far a threshold moves sizes, for discs whose edge is a ramp of known slope."""

import numpy as np
import pytest
from skimage.measure import find_contours

from nanosieve import Host, Micrograph, Segmentation, cut_particles
from nanosieve.level_contours import areas_at
from nanosieve.measuring import compute

SPREAD = Host().measures["threshold_spread"]


def ramp(diameter, slope, centre=(50.3, 49.7), side=101):
    """A map that falls by `slope` per px across the edge of a disc."""
    y, x = np.indices((side, side))
    inside = diameter / 2 - np.hypot(x - centre[0], y - centre[1])
    return np.clip(0.5 + slope * inside, 0, 1).astype(np.float32)


def spreads(labels, foreground):
    segmentation = Segmentation(labels=labels.astype(np.int32), foreground=foreground)
    return compute(
        SPREAD, cut_particles(Micrograph(pixels=np.zeros(labels.shape, np.float32)), segmentation), ""
    )


@pytest.mark.parametrize("diameter", [10, 30, 60])
@pytest.mark.parametrize("slope", [0.1, 0.25, 0.5])
def test_the_spread_of_a_disc_follows_from_the_slope_of_its_edge(diameter, slope):
    # from 0.3 to 0.7 the radius changes by 0.4 / slope, so half of the diameter's change is the same; linear
    # interpolation of a map with a kink at the ends of the ramp adds up to 0.02 px
    foreground = ramp(diameter, slope)
    (found,) = spreads(foreground >= 0.5, foreground)
    assert found == pytest.approx(0.4 / slope, abs=0.025)


@pytest.mark.parametrize("level", [0.3, 0.7])
def test_areas_agree_with_the_contours_of_scikit_image(level):
    foreground = ramp(40, 0.13)
    (contour,) = find_contours(foreground.astype(float), level)
    y, x = contour[:-1].T
    shoelace = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    labels = (foreground >= 0.5).astype(np.int32)
    assert areas_at(level, labels, foreground, 1)[0] == pytest.approx(shoelace, rel=1e-4)


def test_a_particle_never_grows_into_its_neighbour():
    # two halves of one square, sure inside: at 0.3 the ramp outside is won, at 0.7 lost, the common border stays
    foreground = np.zeros((40, 60), np.float32)
    for step, value in enumerate((0.2, 0.4, 0.6, 0.8, 1.0)):
        foreground[8 + step : 32 - step, 8 + step : 52 - step] = value
    labels = (foreground >= 0.5).astype(np.int32)
    labels[:, 30:][labels[:, 30:] > 0] = 2
    low, high = areas_at(0.3, labels, foreground, 2), areas_at(0.7, labels, foreground, 2)
    # the sides lie half a pixel beyond the centres of the pixels at 0.4, the border between columns 29 and 30
    assert low == pytest.approx([(29.5 - 8.5) * (30.5 - 8.5)] * 2, abs=1)
    assert high == pytest.approx([(29.5 - 10.5) * (28.5 - 10.5)] * 2, abs=1)
    # together as large as the whole, but for the corners of the contours where the border ends
    whole = (labels > 0).astype(np.int32)
    assert low.sum() == pytest.approx(areas_at(0.3, whole, foreground, 1)[0], abs=1)
    assert high.sum() == pytest.approx(areas_at(0.7, whole, foreground, 1)[0], abs=1)


def test_a_gap_of_one_pixel_is_shared_by_halves():
    foreground = np.zeros((20, 31), np.float32)
    foreground[5:15, 5:26] = 1
    foreground[5:15, 15] = 0.4
    labels = (foreground >= 0.5).astype(np.int32)
    labels[:, 16:][labels[:, 16:] > 0] = 2
    assert areas_at(0.3, labels, foreground, 2) == pytest.approx([105, 105], abs=1)  # corners are cut


def test_an_edge_between_nothing_and_nothing_but_particle_does_not_move():
    mask = np.zeros((30, 30), np.float32)
    mask[5:20, 8:25] = 1
    assert spreads(mask > 0, mask)[0] == 0


def test_nothing_moves_at_the_frame():
    foreground = np.full((20, 20), 0.6, np.float32)
    labels = np.ones((20, 20), np.int32)
    assert areas_at(0.3, labels, foreground, 1)[0] == pytest.approx(400, abs=0.6)  # corners are cut


def test_what_is_nowhere_sure_has_no_size_at_the_upper_level():
    foreground = 0.65 * ramp(30, 0.5)
    assert areas_at(0.7, (foreground >= 0.5).astype(np.int32), foreground, 1)[0] == 0


def test_an_unsure_inside_does_not_count():
    foreground = ramp(40, 0.5)
    whole = spreads(foreground >= 0.5, foreground)
    labels = foreground >= 0.5
    foreground[45:55, 45:55] = 0.55
    assert spreads(labels, foreground) == pytest.approx(whole)


def test_without_a_foreground_map_there_is_no_spread():
    assert np.isnan(spreads(ramp(30, 0.5) >= 0.5, None)).all()


def test_particles_taken_out_keep_their_values():
    foreground = np.maximum(ramp(20, 0.2, (25, 25)), ramp(20, 0.5, (70, 70)))
    labels = (foreground >= 0.5).astype(np.int32)
    labels[50:][labels[50:] > 0] = 2
    particles = cut_particles(
        Micrograph(pixels=foreground), Segmentation(labels=labels, foreground=foreground)
    )
    assert compute(SPREAD, particles.take([1]), "") == pytest.approx([0.8], abs=0.025)
