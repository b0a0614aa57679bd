"""A network over an image of any size, in tiles that overlap and fade into one another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from nanosieve.values import FloatImage

Predict = Callable[[torch.Tensor], torch.Tensor]
"""(n, 1, h, w) float32 grey in [0, 1] -> (n, c, h, w) float32 in [0, 1]; h and w are multiples of `STEP`."""

# Networks halve the image up to five times.
STEP = 32


@dataclass(frozen=True)
class Cut:
    """Where tiles begin along one side of an image, and how long they all are."""

    starts: tuple[int, ...]
    length: int


def cut_side(length: int, tile: int, overlap: int) -> Cut:
    """As few tiles as cover a side, all of one length, which is at most `tile` and a multiple of `STEP`.

    They begin at multiples of `STEP` too: elsewhere a network that halves the image would see other pixels together.
    """
    steps, tile_steps, overlap_steps = math.ceil(length / STEP), tile // STEP, math.ceil(overlap / STEP)
    count = max(1, math.ceil((steps - overlap_steps) / (tile_steps - overlap_steps)))
    each = min(tile_steps, math.ceil((steps + (count - 1) * overlap_steps) / count))
    last = max(0, steps - each)
    return Cut(tuple(STEP * round(index * last / max(1, count - 1)) for index in range(count)), STEP * each)


def predict_tiled(
    grey: FloatImage, predict: Predict, *, channels: int, tile: int, overlap: int, batch: int
) -> list[FloatImage]:
    """Probabilities for each channel, shape (H, W), float32.

    Parameters
    ----------
    grey : ndarray of shape (H, W), float32 in [0, 1]
    tile, overlap : px; an image that fits into one tile is taken whole
    batch : tiles computed at once

    Notes
    -----
    Beyond `grey` and the result only one row of tiles is kept, so memory grows with the width of the image.
    """
    height, width = grey.shape
    rows, columns = cut_side(height, tile, overlap), cut_side(width, tile, overlap)
    results = [np.empty((height, width), np.float32) for _ in range(channels)]
    across = [_fade(start, columns, width) for start in columns.starts]
    # sums of weighted probabilities and of weights for the rows that later tiles still add to
    pending = np.zeros((channels + 1, rows.length, width), np.float32)
    for index, top in enumerate(rows.starts):
        down = _fade(top, rows, height)
        tiles = [_tile(grey, top, left, rows.length, columns.length) for left in columns.starts]
        for first in range(0, len(tiles), batch):
            part = tiles[first : first + batch]
            answers = predict(torch.from_numpy(np.stack(part)[:, None])).numpy()
            for offset, answer in enumerate(answers):
                left, fade = columns.starts[first + offset], across[first + offset]
                weight = down[:, None] * fade[None, :]
                to = slice(left, min(width, left + columns.length))
                shown = to.stop - to.start
                pending[:channels, :, to] += (answer * weight)[:, :, :shown]
                pending[channels, :, to] += weight[:, :shown]
        following = rows.starts[index + 1] if index + 1 < len(rows.starts) else height
        done = min(following, height) - top
        for channel, result in enumerate(results):
            np.divide(pending[channel, :done], pending[channels, :done], out=result[top : top + done])
        if index + 1 < len(rows.starts):
            pending[:, :-done] = pending[:, done:].copy()
            pending[:, -done:] = 0
    return results


def _tile(grey: FloatImage, top: int, left: int, height: int, width: int) -> FloatImage:
    part = grey[top : top + height, left : left + width]
    missing = height - part.shape[0], width - part.shape[1]
    if not any(missing):
        return part
    return np.pad(part, ((0, missing[0]), (0, missing[1])), mode="symmetric")


def _fade(start: int, cut: Cut, length: int) -> FloatImage:
    """Weights along a tile, which rise and fall over the overlap with its neighbours."""
    index = cut.starts.index(start)
    weights = np.ones(cut.length, np.float32)
    if index > 0:
        shared = cut.starts[index - 1] + cut.length - start
        weights[:shared] = _ramp(shared)
    if index + 1 < len(cut.starts):
        shared = start + cut.length - cut.starts[index + 1]
        weights[-shared:] = np.minimum(weights[-shared:], _ramp(shared)[::-1])
    return weights


def _ramp(length: int) -> FloatImage:
    # Next to its border a tile does not know what lies beyond: there the neighbour alone counts.
    place = np.clip((np.arange(length) + 0.5) / length * 2 - 0.5, 0, 1)
    # sin^2 and its mirror image add up to 1
    ramp: FloatImage = np.sin(place * (np.pi / 2)).astype(np.float32) ** 2
    return ramp
