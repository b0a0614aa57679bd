"""How found particles and labelled particles share pixels: all that the scores of an image are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Overlap:
    """Pixels of each pair of a found and a true label that meet, k pairs, background (label 0) included.

    Attributes
    ----------
    found, truth : ndarrays of shape (k,), the labels of each pair
    pixels : ndarray of shape (k,), how many pixels have both, > 0
    found_areas, truth_areas : pixels of each label, from 0 to the largest
    """

    found: Counts
    truth: Counts
    pixels: Counts
    found_areas: Counts
    truth_areas: Counts

    @property
    def found_count(self) -> int:
        """Number of particles found."""
        return int(np.count_nonzero(self.found_areas[1:]))

    @property
    def truth_count(self) -> int:
        """Number of true particles."""
        return int(np.count_nonzero(self.truth_areas[1:]))


def overlap_of(found: NDArray[Any], truth: NDArray[Any]) -> Overlap:
    """Count the pixels that two label images share.

    Parameters
    ----------
    found, truth : ndarrays of the same shape, integers >= 0; gaps in the numbers do not matter

    Raises
    ------
    ValueError
        If their shapes differ.
    """
    if found.shape != truth.shape:
        raise ValueError(f"found has shape {found.shape}, truth has {truth.shape}")
    ones = np.ones(found.size, np.int64)
    # pairs that meet are few; a dense table of 50 000 x 50 000 particles would take 20 GB
    table = sparse.coo_array((ones, (found.ravel(), truth.ravel()))).tocsr().tocoo()
    return Overlap(
        found=table.row.astype(np.int64),
        truth=table.col.astype(np.int64),
        pixels=table.data,
        found_areas=np.bincount(found.ravel(), minlength=1),
        truth_areas=np.bincount(truth.ravel(), minlength=1),
    )
