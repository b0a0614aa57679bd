"""How many particles one whole particle stands for: large ones are cut by the frame more often than small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nanosieve.outline import FloatArray

if TYPE_CHECKING:
    from nanosieve.particles import Particles


def edge_weights(particles: Particles) -> FloatArray:
    """Weight of each particle, the inverse of its chance of lying whole in the frame [1]_, [2]_.

    Returns
    -------
    ndarray of shape (n,), float64, >= 1: ``Z1 Z2 / ((Z1 - x1) (Z2 - x2))`` with the width Z1 and height Z2 of the
    picture without data bar and the horizontal and vertical extent x1, x2 of the particle, all in px; NaN where the
    particle touches the frame or is as long as it

    References
    ----------
    .. [1] R. E. Miles, "On the elimination of edge effects in planar sampling", in Stochastic Geometry (1974).
    .. [2] C. Lantuejoul, Microscopica Acta Suppl. 4, 266 (1980); ISO 13322-1, particles at the edge of the frame.
    """
    height, width = particles.micrograph.shape
    frame = np.array([width, height], np.float64)
    extents = extents_px(particles)
    y0, x0, y1, x1 = particles.boxes.T
    whole = (y0 > 0) & (x0 > 0) & (y1 < height) & (x1 < width) & (extents < frame).all(axis=1)
    weights = np.full(len(particles), np.nan)
    weights[whole] = (frame / (frame - extents[whole])).prod(axis=1)
    return weights


def extents_px(particles: Particles) -> FloatArray:
    """Horizontal and vertical extent of each outline, in px of the image, shape (n, 2)."""
    hulls = particles.hulls
    if not len(hulls):
        return np.empty((0, 2))
    starts = hulls.offsets[:-1]
    lengths = np.maximum.reduceat(hulls.points, starts) - np.minimum.reduceat(hulls.points, starts)
    extents: FloatArray = lengths / np.asarray(particles.stretch)
    return extents
