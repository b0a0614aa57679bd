"""Area, centroid and second moments of polygons, all at once."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def polygon_moments(points: NDArray[Any], offsets: NDArray[Any]) -> NDArray[Any]:
    """Area, centroid (x, y) and central second moments (xx, xy, yy) per area, by Green's theorem.

    Parameters
    ----------
    points : ndarray of shape (m, 2), (x, y), clockwise with y down
    offsets : ndarray of shape (n + 1,); polygon i is ``points[offsets[i]:offsets[i + 1]]``

    Returns
    -------
    ndarray of shape (n, 6) in px^2, px, px, and px^2; zeros for a polygon without area
    """
    found = np.zeros((len(offsets) - 1, 6))
    for i in range(len(found)):
        polygon = points[offsets[i] : offsets[i + 1]]
        count = len(polygon)
        if count < 3:
            continue
        # about the first corner: far from the origin the differences of large numbers would lose digits
        x0, y0 = polygon[0]
        area, x, y, xx, xy, yy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for k in range(count):
            j = k + 1 if k + 1 < count else 0
            ax, ay = polygon[k, 0] - x0, polygon[k, 1] - y0
            bx, by = polygon[j, 0] - x0, polygon[j, 1] - y0
            cross = ax * by - bx * ay
            area += cross / 2
            x += (ax + bx) * cross / 6
            y += (ay + by) * cross / 6
            xx += (ax * ax + ax * bx + bx * bx) * cross / 12
            yy += (ay * ay + ay * by + by * by) * cross / 12
            xy += (ax * by + 2 * ax * ay + 2 * bx * by + bx * ay) * cross / 24
        if area > 0:
            x, y = x / area, y / area
            found[i] = area, x0 + x, y0 + y, xx / area - x * x, xy / area - x * y, yy / area - y * y
    return found
