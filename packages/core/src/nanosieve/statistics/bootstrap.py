"""Two-stage bootstrap, compiled: images are drawn again, then particles within each of them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def studentised(
    terms: NDArray[Any],
    norms: NDArray[Any],
    norm_of: NDArray[Any],
    starts: NDArray[Any],
    rounds: int,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Mean over its standard error, of each figure in each round.

    Parameters
    ----------
    terms : (n, m) float64, weight times influence of each particle on each figure
    norms : (n, d) float64, the weights themselves, d kinds of them
    norm_of : (m,) int64, which kind belongs to each figure
    starts : (k + 1,) int64, where the particles of each image begin

    Returns
    -------
    (rounds, m) float64; NaN where all that was drawn is alike
    """
    figures, kinds = terms.shape[1], norms.shape[1]
    images = len(starts) - 1
    found = np.full((rounds, figures), np.nan)
    sums = np.zeros((images, figures))
    totals = np.zeros((images, kinds))
    for turn in range(rounds):
        sums[:] = 0.0
        totals[:] = 0.0
        for drawn in range(images):
            image = int(rng.random() * images)
            first, count = starts[image], starts[image + 1] - starts[image]
            for _ in range(count):
                particle = first + int(rng.random() * count)
                for figure in range(figures):
                    sums[drawn, figure] += terms[particle, figure]
                for kind in range(kinds):
                    totals[drawn, kind] += norms[particle, kind]
        for figure in range(figures):
            kind = norm_of[figure]
            shift = sums[:, figure].sum() / totals[:, kind].sum()
            square = 0.0
            for drawn in range(images):
                square += (sums[drawn, figure] - shift * totals[drawn, kind]) ** 2
            if square > 0:
                error = np.sqrt(square * images / (images - 1)) / totals[:, kind].sum()
                found[turn, figure] = shift / error
    return found
