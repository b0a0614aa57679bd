"""Grey values as networks get them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nanosieve.values import FloatImage, Micrograph

# Share of the pixels, in percent, that may be darker than black or brighter than white.
DARKEST, BRIGHTEST = 0.5, 99.5
# Named in the card of each model.
PREPROCESSING = {"range_percentiles": [DARKEST, BRIGHTEST], "clipped": True}


def normalise(micrograph: Micrograph) -> FloatImage:
    """Grey values stretched so that the 0.5 % darkest are 0 and the 0.5 % brightest 1; shape (H, W), float32.

    Pixels that are not valid (annotations, NaN) get the median of the valid ones.
    """
    pixels = micrograph.pixels
    counted: NDArray[np.float32] = pixels
    if micrograph.valid is not None and micrograph.valid.any():
        counted = pixels[micrograph.valid]
        pixels = np.where(micrograph.valid, pixels, np.float32(np.median(counted)))
    low, high = np.percentile(counted, [DARKEST, BRIGHTEST])
    if high <= low:
        return np.full(pixels.shape, 0.5, np.float32)
    stretched: FloatImage = np.clip((pixels - low) / (high - low), 0, 1).astype(np.float32)
    return stretched
