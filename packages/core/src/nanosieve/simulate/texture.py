"""Random textures: grain, blotches, wrinkles, slow unevenness."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from nanosieve.values import FloatImage


def texture(shape: tuple[int, int], scales_px: Sequence[float], rng: np.random.Generator) -> FloatImage:
    """A random field of mean 0 and variance 1 with structures of the given sizes, all equally strong."""
    field = np.zeros(shape, np.float32)
    for scale in scales_px:
        field += _layer(shape, scale, rng)
    return field / np.float32(np.sqrt(len(scales_px)))


def slow_change(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    """A smooth field within -1 and 1 that changes over the whole picture."""
    y, x = (np.linspace(-1, 1, size, dtype=np.float32) for size in shape)
    a, b, c, d, e = rng.normal(size=5).astype(np.float32)
    field = a * x[None] + b * y[:, None] + c * x[None] ** 2 + d * y[:, None] ** 2 + e * y[:, None] * x[None]
    field = field - field.mean()
    return np.asarray(field / max(float(np.abs(field).max()), 1e-6), np.float32)


def patchy(field: FloatImage, share: float) -> FloatImage:
    """From 0 to 1: where a field is among its highest, softly; `share` of the area is above 0."""
    limit, top = np.quantile(field[::4, ::4], [1 - share, 0.995])
    return np.asarray(np.clip((field - limit) / max(float(top - limit), 1e-6), 0, 1), np.float32)


def _layer(shape: tuple[int, int], scale: float, rng: np.random.Generator) -> FloatImage:
    # noise on a coarse grid, smoothed there and enlarged: fast for every scale
    step = max(1.0, scale / 2)
    coarse = tuple(int(np.ceil(size / step)) + 3 for size in shape)
    noise = cv2.GaussianBlur(rng.standard_normal(coarse, np.float32), (0, 0), max(scale / step / 2, 0.3))
    noise = noise / np.float32(max(float(noise.std()), 1e-6))
    if step == 1.0:
        return np.asarray(noise[: shape[0], : shape[1]], np.float32)
    enlarge = np.array([[step, 0, -step], [0, step, -step]], np.float32)
    return np.asarray(cv2.warpAffine(noise, enlarge, shape[::-1], flags=cv2.INTER_CUBIC), np.float32)
