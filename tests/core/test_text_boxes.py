"""Boxes with text are found where they were drawn, and nothing that particles make is taken for one."""

import cv2
import numpy as np
import pytest

from nanosieve import simulate
from nanosieve.grey import to_grey
from nanosieve.text_boxes import BLUR_PX, find_text_boxes

SHAPE = (300, 400)


def ground(level=90, seed=0):
    return np.clip(np.random.default_rng(seed).normal(level, 12, SHAPE), 1, 254)


def draw_box(picture, rows, columns, paper, ink, text="100 nm"):
    picture[rows, columns] = paper
    canvas = np.ascontiguousarray(picture, np.uint8)
    cv2.putText(
        canvas, text, (columns.start + 6, rows.stop - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, ink, 2, cv2.LINE_AA
    )
    picture[:] = canvas


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (252, 20)])
@pytest.mark.parametrize("place", [(slice(20, 50), slice(30, 130)), (slice(270, 300), slice(300, 400))])
def test_a_box_is_found_with_its_blurred_edge_and_nothing_else(paper, ink, place):
    picture = ground()
    draw_box(picture, *place, paper, ink)
    expected = np.zeros(SHAPE, bool)
    expected[
        max(0, place[0].start - BLUR_PX) : place[0].stop + BLUR_PX,
        place[1].start - BLUR_PX : place[1].stop + BLUR_PX,
    ] = True
    assert np.array_equal(find_text_boxes(picture.astype(np.float32)), expected)
    # after JPEG too
    _, encoded = cv2.imencode(".jpg", picture.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])
    decoded = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE).astype(np.float32)
    assert (find_text_boxes(decoded) != expected).mean() < 0.005


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_broken_pixel_elsewhere_hides_no_box(broken):
    picture = ground().astype(np.float32)
    draw_box(picture, slice(20, 50), slice(30, 130), 255, 0)
    whole = find_text_boxes(picture)
    picture[200, 200] = broken
    assert np.array_equal(find_text_boxes(picture), whole)


def test_the_box_is_left_out_and_said():
    picture = ground().astype(np.uint8)
    draw_box(picture, slice(20, 50), slice(30, 130), 255, 0)
    _, valid, warnings = to_grey(picture)
    assert not valid[25:45, 35:125].any()
    assert valid[100:].all()
    assert any("boxes with text" in warning for warning in warnings)


def test_particles_are_no_boxes():
    saturated = ground()
    # an upright cube so bright that it is white all over, one turned with a hole, a row of white discs
    saturated[50:110, 50:110] = 255
    cv2.fillConvexPoly(saturated, np.array([[250, 40], [300, 90], [250, 140], [200, 90]]), 255)
    cv2.circle(saturated, (250, 90), 15, 20, -1)
    for column in (60, 100, 140):
        cv2.circle(saturated, (column, 220), 20, 255, -1)
        cv2.circle(saturated, (column, 220), 6, 0, -1)
    assert find_text_boxes(saturated.astype(np.float32)) is None


def test_an_upright_frame_of_a_particle_is_no_box():
    # a hollow cube in transmission, nearly black, with the noise of a detector
    picture = ground(180)
    noise = np.random.default_rng(1).normal(0, 4, (80, 80))
    picture[60:140, 60:140] = np.clip(7 + noise, 0, 14)
    picture[80:120, 80:120] = ground(180, 2)[80:120, 80:120]
    picture[0, 0], picture[0, 1] = 0, 255
    assert find_text_boxes(picture.astype(np.float32)) is None


@pytest.mark.parametrize("kind", ["se", "stem_bf", "stem_df"])
def test_no_simulated_micrograph_has_one(kind):
    for seed in range(4):
        picture = simulate.simulate(
            kind, simulate.SimulationSettings(height=300, width=400, data_bar=False), seed
        )
        assert find_text_boxes(picture.pixels.astype(np.float32)) is None


@pytest.mark.parametrize(
    "picture", [np.zeros((5, 5)), np.full((40, 40), 7.0), np.full((40, 40), np.nan), np.eye(40)]
)
def test_pictures_without_anything_have_none(picture):
    assert find_text_boxes(picture.astype(np.float32)) is None
