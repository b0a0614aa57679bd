"""Grey values as networks get them."""

from __future__ import annotations

import numpy as np

from nanosieve.values import FloatImage, Micrograph

# Share of the pixels, in percent, that may be darker than black or brighter than white.
DARKEST, BRIGHTEST = 0.5, 99.5
# So many pixels tell the range of a picture.
ENOUGH = 1 << 22
# Named in the card of each model.
PREPROCESSING = {"range_percentiles": [DARKEST, BRIGHTEST], "clipped": True, "particles": "bright"}


def normalise(micrograph: Micrograph) -> FloatImage:
    """Grey values from 0 to 1, particles bright; shape (H, W), float32.

    The 0.5 % darkest pixels become 0 and the 0.5 % brightest 1. Where particles are darker than the ground, the
    negative is taken. Pixels that are not valid (annotations, NaN) get the median of the valid ones.
    """
    pixels = micrograph.pixels
    valid = micrograph.valid
    counted = pixels[valid] if valid is not None and valid.any() else pixels
    # of a large picture a part says enough, and sorting all of it would take as much memory again
    some = counted.ravel()[:: max(1, counted.size // ENOUGH)]
    low, middle, high = np.percentile(some, [DARKEST, 50, BRIGHTEST])
    if high <= low:
        return np.full(pixels.shape, 0.5, np.float32)
    stretched: FloatImage = pixels - np.float32(low)
    stretched /= np.float32(high - low)
    if valid is not None:
        stretched[~valid] = (middle - low) / (high - low)
    np.clip(stretched, 0, 1, out=stretched)
    return np.subtract(1, stretched, out=stretched) if micrograph.polarity == "dark" else stretched
