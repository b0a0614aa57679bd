"""Tiles cover images of any size and leave no trace."""

import tracemalloc

import numpy as np
import pytest
import torch

from nanosieve.learn.tiles import STEP, cut_side, predict_tiled


@pytest.mark.parametrize("shape", [(1, 1), (33, 500), (256, 256), (700, 311)])
def test_what_each_tile_says_rightly_stands_in_the_image(shape):
    grey = np.random.default_rng(0).random(shape, np.float32)
    seen = []

    def predict(tiles):
        seen.append(tiles.shape)
        return torch.cat([tiles, tiles / 2], dim=1)

    whole, half = predict_tiled(grey, predict, channels=2, tile=128, overlap=32, batch=3)
    assert np.allclose(whole, grey, atol=1e-6)
    assert np.allclose(half, grey / 2, atol=1e-6)
    assert max(shape[0] for shape in seen) <= 3
    assert all(side % STEP == 0 for shape in seen for side in shape[2:])


def test_what_a_tile_cannot_know_at_its_border_does_not_count():
    # this network is wrong within 24 px of the border of whatever it gets
    def predict(tiles):
        answer = torch.zeros_like(tiles)
        answer[..., 24:-24, 24:-24] = 1
        return answer

    (answer,) = predict_tiled(
        np.zeros((600, 600), np.float32), predict, channels=1, tile=256, overlap=96, batch=1
    )
    assert (answer[24:-40, 24:-40] == 1).all()


@pytest.mark.parametrize("length", [1, 31, 32, 512, 513, 2048, 20000])
def test_tiles_reach_the_end_and_overlap(length):
    cut = cut_side(length, 512, 128)
    assert cut.starts[0] == 0
    assert cut.starts[-1] + cut.length >= length
    assert cut.length <= 512
    assert all(
        second - first <= cut.length - 128 for first, second in zip(cut.starts, cut.starts[1:], strict=False)
    )
    assert all(start % STEP == 0 for start in cut.starts)


def test_memory_grows_with_the_width_of_a_picture_only():
    def peak(height):
        grey = np.zeros((height, 1024), np.float32)
        tracemalloc.start()
        results = predict_tiled(grey, lambda tiles: tiles, channels=1, tile=256, overlap=64, batch=1)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most - sum(result.nbytes for result in results)

    assert peak(8192) < 1.1 * peak(1024)
