"""How many particles one whole particle stands for: large ones are cut by the frame more often than small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nanosieve.outline import FloatArray

if TYPE_CHECKING:
    from nanosieve.particles import Particles


def edge_weights(particles: Particles) -> FloatArray:
    """Weight of each particle, see `weights_in_frame`; NaN for one that touches the frame.

    Returns
    -------
    ndarray of shape (n,), float64
    """
    height, width = particles.micrograph.shape
    weights = weights_in_frame(extents_px(particles), (width, height))
    y0, x0, y1, x1 = particles.boxes.T
    whole = (y0 > 0) & (x0 > 0) & (y1 < height) & (x1 < width)
    return np.where(whole, weights, np.nan)


def weights_in_frame(extents: FloatArray, frame: tuple[float, float]) -> FloatArray:
    """Inverse of the chance that a particle whose place is left to chance lies whole in the frame [1]_, [2]_.

    Parameters
    ----------
    extents : ndarray of shape (n, 2), horizontal and vertical extent x1, x2 of each particle, px
    frame : width Z1 and height Z2 of the picture without data bar, px

    Returns
    -------
    ndarray of shape (n,), float64, >= 1: ``Z1 Z2 / ((Z1 - x1) (Z2 - x2))``; NaN for a particle as long as the frame

    References
    ----------
    .. [1] R. E. Miles, "On the elimination of edge effects in planar sampling", in Stochastic Geometry (1974).
    .. [2] C. Lantuejoul, Microscopica Acta Suppl. 4, 266 (1980); ISO 13322-1, particles at the edge of the frame.
    """
    sides = np.array(frame, np.float64)
    room = sides - extents
    weights = np.full(len(extents), np.nan)
    fits = (room > 0).all(axis=1)
    weights[fits] = (sides / room[fits]).prod(axis=1)
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
