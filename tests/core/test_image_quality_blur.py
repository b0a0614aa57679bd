"""The blur of edges that were blurred by a known amount."""

import cv2
import numpy as np
import pytest

from known_particles import known_particles
from nanosieve import Micrograph, Segmentation, cut_particles
from nanosieve.image_quality.edges import blur


def blurred_discs(sigma, noise=0.0, radius=25):
    """Discs with sharp edges, blurred; their outlines are those of the blurred map."""
    y, x = np.mgrid[0:400, 0:400].astype(float)
    covered = np.zeros((400, 400))
    for centre in ((100, 100), (100, 290), (290, 110), (300, 300)):
        covered = np.maximum(covered, np.clip(radius - np.hypot(x - centre[0], y - centre[1]) + 0.5, 0, 1))
    soft = cv2.GaussianBlur(covered, (0, 0), sigma).astype(np.float32)
    _, labels = cv2.connectedComponents((soft >= 0.5).astype(np.uint8))
    pixels = 0.2 + 0.5 * soft + noise * np.random.default_rng(0).standard_normal(soft.shape)
    micrograph = Micrograph(pixels=pixels.astype(np.float32))
    return cut_particles(micrograph, Segmentation(labels=labels.astype(np.int32), foreground=soft))


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_blur_is_the_standard_deviation_of_a_blurred_step(sigma, noise):
    # the step itself is a pixel wide, sd 0.29, and the curvature of the edge adds a little
    assert blur(blurred_discs(sigma, noise)) == pytest.approx(np.hypot(sigma, 0.29), rel=0.12)


@pytest.mark.parametrize("kind", ["se", "stem_bf", "stem_df"])
def test_blur_of_a_simulated_picture_follows_its_setting(kind):
    found = [blur(known_particles(kind, blur_px=level, drift_px=0.0)) for level in (0.5, 1.5, 3.0, 5.0)]
    assert found == sorted(found)
    # bright edges sharpen, and thin rims widen, what is seen
    assert found[2] == pytest.approx(3.0, abs=0.8)


def test_pixels_that_are_not_square_do_not_matter():
    plain = blurred_discs(2.0)
    stretched = cut_particles(
        Micrograph(pixels=plain.micrograph.pixels, pixel_size_nm=(1.0, 2.0)), plain.segmentation
    )
    assert blur(stretched) == pytest.approx(blur(plain), rel=0.05)


def test_there_is_no_blur_without_particles():
    empty = np.zeros((50, 50), np.int32)
    nothing = cut_particles(Micrograph(pixels=empty.astype(np.float32)), Segmentation(labels=empty))
    assert np.isnan(blur(nothing))
