"""One size of the accepted particles, image by image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosieve.outline import FloatArray


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Sizes of n particles in k images, those of one image side by side.

    Attributes
    ----------
    values : ndarray of shape (n,), float64, finite, > 0
    weights : ndarray of shape (n,), float64, > 0; edge weights, or ones
    starts : ndarray of shape (k + 1,), int64: image j has particles ``starts[j]`` to ``starts[j + 1]``, one at least
    """

    values: FloatArray
    weights: FloatArray
    starts: NDArray[np.int64]

    @property
    def images(self) -> int:
        """Images with particles."""
        return len(self.starts) - 1

    @property
    def image_of(self) -> NDArray[np.int64]:
        """Number of the image of each particle, shape (n,)."""
        return np.repeat(np.arange(self.images), np.diff(self.starts))


def group(values: FloatArray, weights: FloatArray, images: NDArray[np.int64]) -> Grouped:
    """Sort particles by image.

    Parameters
    ----------
    images : ndarray of shape (n,): any number that tells the images apart
    """
    order = np.argsort(images, kind="stable")
    _, counts = np.unique(images, return_counts=True)
    return Grouped(
        values=values[order],
        weights=weights[order],
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    )
