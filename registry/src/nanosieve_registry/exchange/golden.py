"""The golden input: a simulated micrograph and the sender's answer, by which the receiver sees that both agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import numpy as tensors

from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.particles import cut_particles
from nanosieve.values import LabelImage, Micrograph, Segmentation
from nanosieve_registry.exchange.building import Tool
from nanosieve_registry.exchange.manifest import Tolerance
from nanosieve_registry.exchange.refusal import RefusedError

SEED = 5
WHITE = 255
PIXELS, TRUTH = "pixels", "truth"
LABELS, FOREGROUND, PROBABILITIES = "labels", "foreground", "probabilities"
# As safetensors calls the types of picture, labels and probabilities.
GOLDEN_TYPES = ("U8", "I32", "F32")
# A picture of a stranger is no larger than this, so that checking takes seconds.
MOST_PX = 1 << 20
MOST_PARTICLES = 10_000

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Difference:
    """How far two answers are apart.

    Attributes
    ----------
    mean : mean absolute difference of probabilities; 0 where there are none
    share : of pixels that are particle in one answer only, or parted from a neighbour in one answer only
    """

    mean: float
    share: float


def make_golden(tool: Tool) -> bytes:
    """Input and answer of a model, as safetensors; the same model on the same machine gives the same bytes.

    A segmenter answers for the picture, a classifier for the particles that were drawn into it.
    """
    from nanosieve.simulate import SimulationSettings, simulate

    settings = SimulationSettings(
        height=192, width=256, diameter_nm=60, coverage=0.3, agglomerates=0, data_bar=False
    )
    drawn = simulate("se", settings, SEED)
    given: dict[str, NDArray[Any]] = {PIXELS: drawn.pixels}
    if isinstance(tool, GuardedClassifier):
        given[TRUTH] = drawn.labels
    return tensors.save({**given, **answer(tool, given)})


def answer(tool: Tool, given: Arrays) -> dict[str, NDArray[Any]]:
    """What a model says of a golden input."""
    micrograph = Micrograph(
        pixels=given[PIXELS].astype(np.float32) / np.float32(WHITE), polarity="bright", name="golden input"
    )
    if isinstance(tool, GuardedSegmenter):
        segmentation = tool.segment(micrograph)
        said: dict[str, NDArray[Any]] = {LABELS: segmentation.labels}
        if segmentation.foreground is not None:
            said[FOREGROUND] = segmentation.foreground
        return said
    particles = cut_particles(micrograph, Segmentation(labels=given[TRUTH]))
    return {PROBABILITIES: tool.classify(particles)}


def read_golden(data: bytes, kind: Literal["segmenter", "classifier"]) -> Arrays:
    """Read a golden input with its answer.

    Parameters
    ----------
    data : whose header was checked

    Raises
    ------
    RefusedError
        If it does not hold what a model of this kind has.
    """
    arrays = tensors.load(data)
    if kind == "segmenter":
        least, most = {PIXELS, LABELS}, {PIXELS, LABELS, FOREGROUND}
    else:
        least = most = {PIXELS, TRUTH, PROBABILITIES}
    if not least <= arrays.keys() <= most:
        raise RefusedError(f"the golden input holds {', '.join(sorted(arrays))}: not what a {kind} has")
    pixels = arrays[PIXELS]
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or not 0 < pixels.size <= MOST_PX:
        raise RefusedError(f"the golden picture is {pixels.dtype} of shape {pixels.shape}")
    if TRUTH in arrays:
        _check_truth(arrays[TRUTH], pixels.shape)
    return arrays


def _check_truth(truth: NDArray[Any], shape: tuple[int, ...]) -> None:
    if truth.dtype != np.int32 or truth.shape != shape:
        raise RefusedError(f"the labels of the golden picture are {truth.dtype} of shape {truth.shape}")
    counts = np.bincount(truth.ravel().clip(0, MOST_PARTICLES))
    if truth.min() < 0 or counts.size > MOST_PARTICLES or not counts[1:].all():
        raise RefusedError("the labels of the golden picture are not 1 to n without gaps")


def compare(wanted: Arrays, found: Arrays) -> Difference:
    """How far an answer is from that of the sender.

    Raises
    ------
    RefusedError
        If they cannot be compared: other shapes, or a probability in one of them only.
    """
    for name in found.keys() | (wanted.keys() - {PIXELS, TRUTH}):
        if name not in found or name not in wanted or found[name].shape != wanted[name].shape:
            raise RefusedError(
                f"the golden output differs: {name} has another shape, or is in one answer only"
            )
    share = 0.0
    if LABELS in found:
        share = float(np.mean((_drawn(found[LABELS]) != _drawn(wanted[LABELS])).any(axis=0)))
    means = [
        float(np.mean(np.abs(found[name].astype(np.float64) - wanted[name])))
        for name in (FOREGROUND, PROBABILITIES)
        if name in found and found[name].size
    ]
    return Difference(max(means, default=0.0), share)


def _drawn(labels: LabelImage) -> NDArray[np.bool_]:
    """Where there are particles, and where edges run between pixels; shape (3, H, W). The numbers do not matter."""
    below, right = (np.diff(labels, axis=axis, append=labels.take([-1], axis)) != 0 for axis in (0, 1))
    return np.stack([labels > 0, below, right])


def check_golden(tool: Tool, arrays: Arrays, tolerance: Tolerance) -> Difference:
    """Let a model answer for its golden input.

    Raises
    ------
    RefusedError
        If the answer is farther from that of the sender than the tolerance allows.
    """
    difference = compare(arrays, answer(tool, arrays))
    # written so that NaN is refused as well
    if not (difference.mean <= tolerance.mean and difference.share <= tolerance.share):
        raise RefusedError(
            f"the golden output differs: probabilities by {difference.mean:.4f} on average "
            f"(allowed {tolerance.mean:g}), {difference.share:.2%} of the pixels (allowed {tolerance.share:.2%}); "
            "either the weights were not those that the sender used, or this machine computes otherwise"
        )
    return difference
