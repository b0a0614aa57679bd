"""Depths are exact distances, the same to the last bit wherever the mask lies in memory."""

import cv2
import numpy as np
from scipy import ndimage

from nanosieve import Host, Micrograph
from nanosieve.depth import depth_in
from nanosieve.loading import load_segmenter

RNG = np.random.default_rng(5)


def blob(height, width):
    noise = cv2.GaussianBlur(RNG.random((height, width), np.float32), (0, 0), 5)
    return np.pad(noise > np.median(noise), 1)


def test_depth_is_the_exact_distance_to_the_last_bit():
    # each size lies elsewhere in memory, and OpenCV's last bit with it
    for size in range(40, 90, 3):
        mask = blob(size, size + 17)
        exact = ndimage.distance_transform_edt(mask)
        assert np.array_equal(depth_in(mask), exact.astype(np.float32))


def test_touching_particles_are_cut_the_same_way_each_time():
    y, x = np.indices((400, 500))
    grey = np.full((400, 500), 0.2, np.float32)
    for row in range(8):
        for column in range(9):
            radius = 20 + 3 * RNG.random()
            grey[(x - 45 - 50 * column) ** 2 + (y - 30 - 45 * row) ** 2 < radius**2] = 0.8
    micrograph = Micrograph(pixels=np.clip(grey + RNG.normal(0, 0.1, grey.shape), 0, 1).astype(np.float32))
    segmenter = load_segmenter("threshold", Host()).tool
    first = segmenter.segment(micrograph).labels
    held = []
    for _ in range(5):
        held.append(np.empty(RNG.integers(1, 5000), np.uint8))  # what comes next lies elsewhere in memory
        assert np.array_equal(segmenter.segment(micrograph).labels, first)
