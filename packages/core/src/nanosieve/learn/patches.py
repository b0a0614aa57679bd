"""Random patches, drawn anew for each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch

from nanosieve.learn.annotations import annotate
from nanosieve.learn.samples import DEPTH, GAP, GREY, PARTICLE, PATCH_PLANES, PLANES, WEIGHT, Sample
from nanosieve.learn.targets import gaps_between
from nanosieve.values import LabelImage

# Farther an image is not magnified or reduced to bring its particles to a width.
FAR = 4.0


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
    widths: tuple[float, float] | None = None,
    annotations: float = 0.0,
) -> Iterator[torch.Tensor]:
    """Batches of shape (batch, 5, patch, patch), float32: the planes of `Sample`, and gaps between particles.

    Parameters
    ----------
    pools : images, and their share of the patches; within a pool the chance of an image is its area
    seed : the same numbers give the same batches
    magnification : least and largest at which a patch shows its image, drawn log-uniformly
    widths : instead, least and largest width, px, at which it shows the typical particle of its image
    annotations : share of the patches that get letters, scale bars or text
    """
    generator = np.random.default_rng(seed)
    filled = [(samples, share) for samples, share in pools if samples and share > 0]
    shares = np.array([share for _, share in filled])
    chances = [np.array([sample.area for sample in samples], float) for samples, _ in filled]
    for _ in range(steps):
        planes = np.empty((batch, PATCH_PLANES, patch, patch), np.float32)
        for place in range(batch):
            pool = generator.choice(len(filled), p=shares / shares.sum())
            samples, _ = filled[pool]
            index = generator.choice(len(samples), p=chances[pool] / chances[pool].sum())
            factor = _factor(samples[index], magnification, widths, generator)
            cut, labels = _cut(samples[index], max(1, round(patch / factor)), generator)
            planes[place, :PLANES] = _magnified(cut, patch)
            planes[place, GAP] = gaps_between(_magnified_labels(labels, patch))
            if annotations and generator.random() < annotations:
                annotate(planes[place], generator)
        yield torch.from_numpy(planes)


def _factor(
    sample: Sample,
    magnification: tuple[float, float],
    widths: tuple[float, float] | None,
    generator: np.random.Generator,
) -> float:
    """At which magnification a patch shows its image."""
    least, most = magnification if widths is None or sample.width == 0 else np.divide(widths, sample.width)
    drawn = float(np.exp(generator.uniform(np.log(least), np.log(most))))
    return drawn if widths is None else float(np.clip(drawn, 1 / FAR, FAR))


def _cut(sample: Sample, patch: int, generator: np.random.Generator) -> tuple[np.ndarray, LabelImage]:
    _, height, width = sample.planes.shape
    y = int(generator.integers(max(1, height - patch + 1)))
    x = int(generator.integers(max(1, width - patch + 1)))
    cut = sample.planes[:, y : y + patch, x : x + patch]
    labels = sample.labels[y : y + patch, x : x + patch]
    missing = patch - cut.shape[1], patch - cut.shape[2]
    if max(missing) > 0:
        around = ((0, 0), (0, missing[0]), (0, missing[1]))
        weights = np.pad(cut[WEIGHT], around[1:])
        cut = np.pad(cut, around, mode="symmetric")
        labels = np.pad(labels, around[1:], mode="symmetric")
        # what is mirrored in was not drawn by anybody
        cut[WEIGHT] = weights
    return cut, labels


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


def _magnified_labels(labels: LabelImage, patch: int) -> LabelImage:
    if labels.shape == (patch, patch):
        return labels
    return np.asarray(cv2.resize(labels, (patch, patch), interpolation=cv2.INTER_NEAREST), np.int32)
