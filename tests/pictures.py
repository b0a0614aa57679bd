"""Micrographs with known particles."""

import numpy as np
import tifffile

PIXEL_SIZE_NM = 2.5


def draw_discs(shape, discs, *, ground=60, grey=180):
    """Discs of soft edge, as (x, y, radius) in px: covered share of each pixel, to about 1/100."""
    y, x = np.indices(shape, dtype=float)
    covered = np.zeros(shape)
    for centre_x, centre_y, radius in discs:
        distance = np.hypot(x - centre_x, y - centre_y)
        covered = np.maximum(covered, np.clip(radius - distance + 0.5, 0, 1))
    return np.round(ground + (grey - ground) * covered).astype(np.uint8)


def write_tiff(path, pixels, pixel_size_nm=PIXEL_SIZE_NM):
    """An ImageJ TIFF with a pixel size in nm, or without one."""
    scale = (
        {"resolution": (1 / pixel_size_nm, 1 / pixel_size_nm), "metadata": {"unit": "nm"}}
        if pixel_size_nm
        else {}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, pixels, imagej=bool(pixel_size_nm), **scale)
    return path


# Twelve discs in a frame of 200 x 260 px: ten whole ones of radius 12, one at the edge, one of radius 4.
WHOLE = [(30 + 45 * column, 50 + 60 * row, 12.0) for row in range(2) for column in range(5)]
DISCS = [*WHOLE, (130.3, 1.0, 12.0), (130.0, 170.0, 4.0)]
