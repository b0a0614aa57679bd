"""Which found particle is which labelled one: how they share pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Counts = NDArray[np.int64]

# Limits in percent, so that comparing is exact.
MATCH = 50
# What is found holds a labelled particle where at least this share of it, in percent, is of that one.
LEAST_PART = 20


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


@dataclass(frozen=True)
class Matches:
    """Particles that are the same, m pairs.

    Attributes
    ----------
    found, truth : ndarrays of shape (m,), labels
    iou : ndarray of shape (m,)
    """

    found: Counts
    truth: Counts
    iou: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.iou)


def match(overlap: Overlap, limit: int = MATCH) -> Matches:
    """Pairs of particles whose IoU is above `limit`.

    Parameters
    ----------
    limit : percent, 50 to 100

    Raises
    ------
    ValueError
        If `limit` is below 50, where a particle may have two matches.
    """
    if limit < MATCH:
        raise ValueError(f"below {MATCH} % a particle may have two matches; limit is {limit}")
    pair = (overlap.found > 0) & (overlap.truth > 0)
    found, truth, common = overlap.found[pair], overlap.truth[pair], overlap.pixels[pair]
    union = overlap.found_areas[found] + overlap.truth_areas[truth] - common
    same = 100 * common > limit * union
    return Matches(found[same], truth[same], common[same] / union[same])


def holding_several(overlap: Overlap) -> Counts:
    """Found particles that hold several labelled ones: `LEAST_PART` or more of each is of two of them at least.

    Returns
    -------
    ndarray of found labels, ascending
    """
    pair = (overlap.found > 0) & (overlap.truth > 0)
    found = overlap.found[pair]
    holds = 100 * overlap.pixels[pair] >= LEAST_PART * overlap.found_areas[found]
    held = np.bincount(found[holds], minlength=len(overlap.found_areas))
    return np.flatnonzero(held > 1).astype(np.int64)
