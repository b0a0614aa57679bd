"""Outlines of a page are where the particles are, to less than a screen shows."""

import re

import cv2
import numpy as np
import pytest

from nanosieve.report.outline_paths import STEP_PX, TOLERANCE_PX, path_of


def corners_of(path):
    """The corners of a path of one M and relative l, in px."""
    move, _, lines = path.removesuffix("z").removeprefix("M").partition("l")
    numbers = [int(value) for value in re.findall(r"-?\d+", f"{move} {lines}")]
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0) * STEP_PX


@pytest.mark.parametrize("radius", [2.0, 15.0, 200.0])
def test_the_path_stays_within_the_tolerance_of_the_outline(radius):
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.column_stack([300.4 + radius * np.cos(angles), 220.7 + radius * np.sin(angles)])
    corners = corners_of(path_of(circle)).astype(np.float32)
    furthest = max(abs(cv2.pointPolygonTest(corners[:, None], point, True)) for point in circle.tolist())
    assert furthest <= TOLERANCE_PX + STEP_PX
    # chords of a circle of 200 px may be 20 px long for that: 63 of them at best, of 400 points
    assert len(corners) < 100


def test_a_point_is_a_path_too():
    assert corners_of(path_of(np.array([[3.0, 4.0]]))).tolist() == [[3.0, 4.0]]


def test_negative_coordinates_beyond_the_frame_are_read_back():
    square = np.array([[-2.0, -3.0], [4.0, -3.0], [4.0, 5.0], [-2.0, 5.0]])
    assert corners_of(path_of(square)) == pytest.approx(square)
