"""Outlines as the paths of an SVG: small, and true to a fraction of what a screen shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Coordinates are whole numbers of this part of a px of the picture.
STEP_PX = 0.1
# Corners that lie nearer than this to the line between their neighbours are left out.
TOLERANCE_PX = 0.25


def path_of(points: NDArray[np.float64]) -> str:
    """A closed polygon as the `d` of a path, in units of `STEP_PX`.

    Parameters
    ----------
    points : ndarray of shape (k, 2), (x, y) in px of the picture
    """
    kept = cv2.approxPolyDP(np.asarray(points, np.float32)[:, None], TOLERANCE_PX, True)[:, 0]
    corners = np.round(kept / STEP_PX).astype(np.int64)
    first_x, first_y = corners[0]
    steps = [str(value) for value in np.diff(corners, axis=0).ravel()]
    # a minus sign parts two numbers as well as a space does
    moves = "".join(value if value.startswith("-") else f" {value}" for value in steps)
    return f"M{first_x} {first_y}{f'l{moves.lstrip()}' if moves else ''}z"
