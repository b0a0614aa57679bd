"""Outlines moved in or out, where they border on the ground: along another particle there is nothing to move."""

from __future__ import annotations

from itertools import product

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.values import LabelImage

# Beside another particle the offset fades within so many points on either side, or the outline would get a step.
FADING = 3


def moved(polygon: FloatArray, offset: float, free: FloatArray) -> FloatArray:
    """The polygon with each point moved along its normal.

    Parameters
    ----------
    polygon : ndarray of shape (n, 2), (x, y) in px, clockwise on the screen
    offset : px, > 0 outwards
    free : ndarray of shape (n,), share of `offset` by which each point moves
    """
    along = np.roll(polygon, -1, axis=0) - np.roll(polygon, 1, axis=0)
    # clockwise with y down: outwards is to the left of the way
    normals = np.column_stack([along[:, 1], -along[:, 0]])
    lengths = np.hypot(*normals.T)
    normals /= np.where(lengths > 0, lengths, 1)[:, None]
    return polygon + offset * free[:, None] * normals


def freedom(polygon: FloatArray, label: int, labels: LabelImage, stretch: tuple[float, float]) -> FloatArray:
    """Of each point, 1 where it borders on the ground, 0 where on another particle; between them it fades.

    Parameters
    ----------
    polygon : ndarray of shape (n, 2), (x, y) in isotropic px, see `nanosieve.outline`
    stretch : factors (x, y) from pixels of the image to isotropic pixels
    """
    height, width = labels.shape
    columns, rows = np.rint(polygon / stretch).astype(int).T
    beside = np.zeros(len(polygon), bool)
    for dy, dx in product((-1, 0, 1), repeat=2):
        near = labels[np.clip(rows + dy, 0, height - 1), np.clip(columns + dx, 0, width - 1)]
        beside |= (near != 0) & (near != label)
    free = (~beside).astype(np.float64)
    turns = range(-FADING, FADING + 1)
    faded: FloatArray = np.mean([np.roll(free, turn) for turn in turns], axis=0)
    return faded


def shoelace(polygon: FloatArray) -> float:
    """Area of a polygon, px^2; positive clockwise on the screen."""
    x, y = polygon.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
