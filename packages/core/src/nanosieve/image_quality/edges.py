"""Blur: how wide the edges of particles are."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.particles import Particles

# Points on outlines at which profiles are taken, evenly spread: enough to average noise out.
MOST_POINTS = 5000
LEAST_POINTS = 50
# Profiles reach so far to both sides, px, in such steps.
PROFILE_PX = 24.0
STEP_PX = 0.5
# Between a point and the ground outside of it, px: where another particle lies there is no edge to be measured.
CLEAR_PX = 4.0
# The tangent is that of the outline over so many points to both sides.
TANGENT = 3
# Pairs of further blurs, px. The narrow pair tells sharp edges apart, the wide one blurred ones.
SCALES = ((1.0, 2.0), (2.0, 4.0))
# The peak of the slope lies so near to the outline, px, over the wider of the two blurs.
PEAK_WITHIN = 1.5

Profile = NDArray[np.float64]


def blur(particles: Particles) -> float:
    """Standard deviation, px, of the Gaussian that would make the edges of particles of a step.

    NaN without particles. A thickness that falls towards the edge, as in transmission, counts as blur of about 1 px.

    Notes
    -----
    The mean grey profile across the outlines is blurred further by s1 and s2. The slope of a step of standard
    deviation s that is blurred by s1 has the height 1 / sqrt(s^2 + s1^2), so that from the ratio R of both heights
    s^2 = (s2^2 - R^2 s1^2) / (R^2 - 1) [1]_, whatever the contrast.

    References
    ----------
    .. [1] S. Zhuo, T. Sim, "Defocus map estimation from a single image", Pattern Recognit. 44, 1852 (2011).
    """
    profile = mean_profile(particles)
    if profile is None:
        return np.nan
    return max(_deviation(profile, *scales) for scales in SCALES)


def mean_profile(particles: Particles) -> Profile | None:
    """Mean grey value along the normals of the outlines, from outside to inside; None where there are too few."""
    points, normals = _points(particles)
    if not len(points):
        return None
    at = np.arange(-PROFILE_PX, PROFILE_PX + STEP_PX / 2, STEP_PX)
    columns, rows = (
        (points[:, axis, None] + at * normals[:, axis, None]).astype(np.float32) for axis in (0, 1)
    )
    pixels = np.asarray(particles.micrograph.pixels)
    grey = cv2.remap(pixels, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    profile: Profile = grey.mean(axis=0, dtype=np.float64)
    return profile


def _points(particles: Particles) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points on outlines beside ground, in px of the image, and unit normals there that point inside: both (k, 2)."""
    outlines, labels = particles.outlines, particles.segmentation.labels
    points = outlines.points / particles.stretch
    step = max(1, len(points) // MOST_POINTS)
    chosen = np.arange(0, len(points), step)
    starts = outlines.offsets[np.searchsorted(outlines.offsets, chosen, side="right") - 1]
    lengths = outlines.offsets[np.searchsorted(outlines.offsets, chosen, side="right")] - starts
    ahead, behind = ((chosen - starts + shift) % lengths + starts for shift in (TANGENT, -TANGENT))
    tangent = points[ahead] - points[behind]
    length = np.hypot(*tangent.T)
    points, tangent, length = points[chosen][length > 0], tangent[length > 0], length[length > 0]
    # clockwise on the screen, with y down: inside is on the right hand
    normals = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / length[:, None]
    outside = np.round(points - CLEAR_PX * normals).astype(int)
    height, width = labels.shape
    within = (outside >= 0).all(axis=1) & (outside[:, 0] < width) & (outside[:, 1] < height)
    clear = np.zeros(len(points), bool)
    clear[within] = labels[outside[within, 1], outside[within, 0]] == 0
    if np.count_nonzero(clear) < LEAST_POINTS:
        return np.empty((0, 2)), np.empty((0, 2))
    return points[clear], normals[clear]


def _deviation(profile: Profile, narrow: float, wide: float) -> float:
    """Standard deviation of a step that became the profile, from two further blurs; 0 for a sharper one."""
    heights = [_steepest(profile, sigma, PEAK_WITHIN * wide) for sigma in (narrow, wide)]
    squared = (heights[0] / heights[1]) ** 2 if heights[1] else 1.0
    if squared <= 1:
        # the wide blur did nothing: the edge is wider than the profile
        return PROFILE_PX
    return float(np.sqrt(max((wide**2 - squared * narrow**2) / (squared - 1), 0.0)))


def _steepest(profile: Profile, sigma: float, within: float) -> float:
    """Largest slope of the profile, blurred further, near the outline."""
    reach = int(np.ceil(4 * sigma / STEP_PX))
    at = np.arange(-reach, reach + 1) * STEP_PX
    slope_of_gauss = at * np.exp(-(at**2) / (2 * sigma**2))
    slope = np.convolve(profile, slope_of_gauss / np.abs(slope_of_gauss * at).sum(), mode="same")
    middle, near = len(profile) // 2, int(within / STEP_PX)
    return float(np.abs(slope[middle - near : middle + near + 1]).max())
