"""Area and second moments of polygons, all particles at once."""

from __future__ import annotations

import numba
import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.particles import Particles


def hull_areas(particles: Particles) -> FloatArray:
    """Areas of the convex hulls in px^2, shape (n,)."""
    return polygon_moments(particles.hulls.points, particles.hulls.offsets)[:, 0]


def axes(particles: Particles) -> FloatArray:
    """Minor and major axis in px of the ellipse with the second moments of the outline, shape (n, 2)."""
    area, xx, xy, yy = polygon_moments(particles.outlines.points, particles.outlines.offsets).T
    with np.errstate(divide="ignore", invalid="ignore"):
        xx, xy, yy = xx / area, xy / area, yy / area
    middle, difference = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    # an ellipse with half axis a has the second moment a^2 / 4
    return 4 * np.sqrt(np.maximum(np.stack([middle - difference, middle + difference], axis=1), 0))


@numba.njit(cache=True, nogil=True)
def polygon_moments(points: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Area and central second moments (xx, xy, yy) of polygons by Green's theorem, shape (n, 4)."""
    found = np.zeros((len(offsets) - 1, 4))
    for i in range(len(found)):
        polygon = points[offsets[i] : offsets[i + 1]]
        count = len(polygon)
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
            found[i] = area, xx - x * x / area, xy - x * y / area, yy - y * y / area
    return found
