"""What the scan does to rows: streaks of charging, and shifts by drift and vibration.

Both compare rows with columns. The specimen and the noise do not know which way the beam went; what there is more along
the fast scan, which are the rows, the scan has made. A picture that was turned by 90 degrees hides it.
"""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.image_quality.regions import LEAST_PX, Regions

# Runs of ground along a row, px, whose mean grey values are compared: long enough to average noise out, short beside
# the length over which charge leaks away.
RUN_PX = 32
LEAST_OF_RUN = 0.75
# Rows that are compared: neighbours are streaked alike where charge lasts longer than a row.
ROWS_APART = 2
# Smoothing along a row before its slope is taken, px.
SLOPE_SIGMA = 1.0
# Of a normal distribution, the standard deviation over the median of the absolute values.
NORMAL_MAD = 1.4826
# Rows that are looked at, evenly spread: their number bounds the time.
MOST_ROWS = 400
# A row with less slope than this share of the median says nothing of its shift.
LEAST_SLOPE = 0.2
# Variance of x_i - (x_{i-1} + x_{i+1}) / 2 over that of independent x_i.
SECOND_DIFFERENCE = 1.5

Value = TypeVar("Value", bound=np.generic)
Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]


def charging(regions: Regions) -> float:
    """Standard deviation of the grey of runs of ground from row to row over the contrast of the particles.

    What there is from column to column is taken off: in quadrature, so that it is 0 or a little more without charging.
    NaN where there is too little ground.
    """
    along = _unlike_runs(regions.pixels, regions.ground)
    across = _unlike_runs(regions.pixels.T, regions.ground.T)
    return (
        float(np.sqrt(max(along - across, 0.0)) / regions.contrast)
        if not np.isnan(along - across)
        else np.nan
    )


def drift(regions: Regions) -> float:
    """Standard deviation, px, of the shifts of rows against the mean of the two beside them.

    Shifts that neighbouring rows share, of slow drift, bend the specimen and cannot be told from its shape. NaN where
    there are too few edges.

    Notes
    -----
    The shift of a row is that of least squares for small shifts, -sum(g d) / sum(g^2), with d the row less the mean of
    the two beside it and g the slope of that mean along the row [1]_, taken near the edges of particles. The part of
    sum(g^2) that the noise makes is known from the ground and taken off. The same of the columns, where nothing was
    shifted, gives what noise and curved edges make of it, and is taken off in quadrature.

    References
    ----------
    .. [1] B. D. Lucas, T. Kanade, "An iterative image registration technique with an application to stereo vision",
       IJCAI 1981.
    """
    along = _shift_variance(regions.pixels, regions.band, regions.ground)
    across = _shift_variance(regions.pixels.T, regions.band.T, regions.ground.T)
    return (
        float(np.sqrt(max(along - across, 0.0) / SECOND_DIFFERENCE))
        if not np.isnan(along - across)
        else np.nan
    )


def _rows(image: NDArray[Value], shift: int, reach: int) -> NDArray[Value]:
    """Rows, evenly spread, `reach` or more from both ends, moved by `shift`."""
    height = image.shape[0]
    return np.ascontiguousarray(image[reach + shift : height - reach + shift : max(1, height // MOST_ROWS)])


def _unlike_runs(pixels: Grey, ground: Mask) -> float:
    """Half of the variance of the difference of runs of ground in rows that are `ROWS_APART`; NaN without enough."""
    runs = pixels.shape[1] // RUN_PX
    if runs == 0:
        return np.nan
    means = []
    for shift in (0, ROWS_APART):
        grey, counted = (
            _rows(image, shift, ROWS_APART)[:, : runs * RUN_PX].reshape(-1, runs, RUN_PX)
            for image in (pixels, ground)
        )
        number = np.count_nonzero(counted, axis=2)
        mean = np.where(counted, grey, np.float32(0)).sum(axis=2) / np.maximum(number, 1)
        means.append(np.where(number >= LEAST_OF_RUN * RUN_PX, mean, np.nan))
    difference = means[1] - means[0]
    known = difference[~np.isnan(difference)]
    if known.size < LEAST_PX:
        return np.nan
    # by the median: scale bars and letters on the ground are no streaks
    return float((NORMAL_MAD * np.median(np.abs(known))) ** 2 / 2)


def _shift_variance(pixels: Grey, band: Mask, ground: Mask) -> float:
    """Variance of the shifts of rows, px^2, weighted by how well each is known; NaN without enough edges."""
    if min(pixels.shape) < 3:
        return np.nan
    near, far = _rows(band, 0, 1), _rows(ground, 0, 1)
    if min(np.count_nonzero(near), np.count_nonzero(far)) < LEAST_PX:
        return np.nan
    above, row, below = (_smooth(_rows(pixels, shift, 1)) for shift in (-1, 0, 1))
    beside = (above + below) / 2
    slope = np.zeros_like(beside)
    slope[:, 1:-1] = (beside[:, 2:] - beside[:, :-2]) / 2
    by_noise = float(np.mean(slope[far] ** 2))
    slope_near = np.where(near, slope, np.float32(0))
    steepness = np.einsum("ij,ij->i", slope_near, slope_near) - by_noise * np.count_nonzero(near, axis=1)
    product = np.einsum("ij,ij->i", slope_near, row - beside)
    typical = float(np.median(steepness[near.any(axis=1)]))
    telling = steepness > max(LEAST_SLOPE * typical, 0)
    if not telling.any():
        return np.nan
    shifts, weights = -product[telling] / steepness[telling], steepness[telling]
    return float(np.average((shifts - np.average(shifts, weights=weights)) ** 2, weights=weights))


def _smooth(rows: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(rows, (7, 1), sigmaX=SLOPE_SIGMA, sigmaY=0), np.float32)
