"""Random patches, drawn anew for each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch

from nanosieve.learn.annotations import annotate
from nanosieve.learn.samples import DEPTH, GREY, PARTICLE, PLANES, WEIGHT, Sample


def patches_in(samples: Sequence[Sample], patch: int) -> int:
    """How many patches cover the area of all images once."""
    return max(1, round(sum(sample.area for sample in samples) / patch**2))


def draw_batches(
    pools: Sequence[tuple[Sequence[Sample], float]],
    *,
    patch: int,
    batch: int,
    steps: int,
    seed: Sequence[int],
    magnification: tuple[float, float] = (1, 1),
    annotations: float = 0.0,
) -> Iterator[torch.Tensor]:
    """Batches of shape (batch, 4, patch, patch), float32; see `Sample` for the planes.

    Parameters
    ----------
    pools : images, and their share of the patches; within a pool the chance of an image is its area
    seed : the same numbers give the same batches
    magnification : least and largest at which a patch shows its image, drawn log-uniformly
    annotations : share of the patches that get letters, scale bars or text
    """
    least, most = np.log(magnification)
    generator = np.random.default_rng(seed)
    filled = [(samples, share) for samples, share in pools if samples and share > 0]
    shares = np.array([share for _, share in filled])
    chances = [np.array([sample.area for sample in samples], float) for samples, _ in filled]
    for _ in range(steps):
        planes = np.empty((batch, PLANES, patch, patch), np.float32)
        for place in range(batch):
            pool = generator.choice(len(filled), p=shares / shares.sum())
            samples, _ = filled[pool]
            index = generator.choice(len(samples), p=chances[pool] / chances[pool].sum())
            factor = float(np.exp(generator.uniform(least, most)))
            cut = _cut(samples[index], round(patch / factor), generator)
            planes[place] = _magnified(cut, patch)
            if annotations and generator.random() < annotations:
                annotate(planes[place], generator)
        yield torch.from_numpy(planes)


def _cut(sample: Sample, patch: int, generator: np.random.Generator) -> np.ndarray:
    _, height, width = sample.planes.shape
    y = int(generator.integers(max(1, height - patch + 1)))
    x = int(generator.integers(max(1, width - patch + 1)))
    cut = sample.planes[:, y : y + patch, x : x + patch]
    missing = patch - cut.shape[1], patch - cut.shape[2]
    if max(missing) > 0:
        around = ((0, 0), (0, missing[0]), (0, missing[1]))
        weights = np.pad(cut[WEIGHT], around[1:])
        cut = np.pad(cut, around, mode="symmetric")
        # what is mirrored in was not drawn by anybody
        cut[WEIGHT] = weights
    return cut


def _magnified(cut: np.ndarray, patch: int) -> np.ndarray:
    """The same part of an image as a patch of another side."""
    if cut.shape[1] == patch:
        return cut
    planes = cut.astype(np.float32)
    kind = cv2.INTER_AREA if cut.shape[1] > patch else cv2.INTER_LINEAR
    result = np.empty((PLANES, patch, patch), np.float32)
    for plane, how in ((GREY, kind), (PARTICLE, kind), (DEPTH, kind), (WEIGHT, cv2.INTER_NEAREST)):
        cv2.resize(planes[plane], (patch, patch), dst=result[plane], interpolation=how)
    result[PARTICLE] = result[PARTICLE] > 0.5
    return result
