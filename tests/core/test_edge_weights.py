"""Edge weights: the inverse of a particle's chance of lying whole in the frame."""

import numpy as np
import pytest

from nanosieve import Micrograph, Rules, Segmentation, analyze, cut_particles
from nanosieve.edge_weights import edge_weights
from nanosieve.table import validate

SHAPE = (200, 400)


def particles(*boxes, shape=SHAPE, pixel_size_nm=None):
    """Rectangles, given as y0, x0, y1, x1, without a soft map: their outline runs along pixel edges."""
    labels = np.zeros(shape, np.int32)
    for number, (y0, x0, y1, x1) in enumerate(boxes, 1):
        labels[y0:y1, x0:x1] = number
    micrograph = Micrograph(pixels=np.zeros(shape, np.float32), pixel_size_nm=pixel_size_nm)
    return cut_particles(micrograph, Segmentation(labels=labels))


def test_a_rectangle_counts_by_the_places_it_could_be_in():
    # 100 wide and 50 high in a frame of 400 x 200: it can start on 300 x 150 of 400 x 200 places
    (weight,) = edge_weights(particles((20, 30, 70, 130)))
    assert weight == pytest.approx(400 * 200 / (300 * 150))


def test_weights_do_not_depend_on_the_shape_of_pixels():
    # the frame is stretched with the particle
    (square,) = edge_weights(particles((20, 30, 70, 130)))
    (oblong,) = edge_weights(particles((20, 30, 70, 130), pixel_size_nm=(2.0, 1.0)))
    assert oblong == pytest.approx(square)


@pytest.mark.parametrize(
    "box", [(0, 30, 70, 130), (20, 0, 70, 130), (150, 30, 200, 130), (20, 300, 70, 400), (0, 0, 200, 400)]
)
def test_a_particle_that_touches_the_frame_has_none(box):
    assert np.isnan(edge_weights(particles(box))).all()


def test_the_longest_particle_that_does_not_touch_has_a_large_finite_weight():
    (weight,) = edge_weights(particles((1, 1, 199, 399)))
    assert weight == pytest.approx(400 * 200 / (2 * 2))


def test_no_particles_no_weights():
    assert edge_weights(particles()).shape == (0,)


def test_a_count_is_free_of_the_frame_when_it_is_weighted():
    # discs of radius 40 thrown anywhere, also across the edge: 2000 with their centre in the frame on average
    rng = np.random.default_rng(3)
    height, width, radius = 600, 800, 40.0
    margin = 2 * radius
    thrown = round(2000 * (width + 2 * margin) * (height + 2 * margin) / (width * height))
    x = rng.uniform(-margin, width + margin, thrown)
    y = rng.uniform(-margin, height + margin, thrown)
    whole = (x > radius) & (x < width - radius) & (y > radius) & (y < height - radius)
    (weight,) = edge_weights(particles((100, 100, 180, 180), shape=(height, width)))
    # the standard error of the weighted count is 2 %
    assert weight * whole.sum() == pytest.approx(2000, rel=0.06)
    assert whole.sum() < 1700


def test_the_table_holds_them_and_passes_its_schema():
    class Given:
        def segment(self, micrograph):
            return particles((20, 30, 70, 130), (0, 200, 30, 240)).segmentation

    micrograph = Micrograph(pixels=np.zeros(SHAPE, np.float32), name="rectangles")
    table = analyze(micrograph, segmenter=Given(), measures={}, rules=Rules(), unit="px").table
    validate(table, [], "px")
    assert table["edge_weight"].iloc[0] == pytest.approx(400 * 200 / (300 * 150))
    assert np.isnan(table["edge_weight"].iloc[1])
    assert table["reason"].tolist() == ["", "edge"]
