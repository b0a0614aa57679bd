"""ImageJ's ROI manager: a ZIP of regions, or a single region, for each image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import roifile

from nanosieve.errors import DataError
from nanosieve.labelled.polygons import fill
from nanosieve.values import LabelImage

SUFFIXES = (".zip", ".roi")
# Lines, points and angles enclose nothing.
AREAS = frozenset({"POLYGON", "RECT", "OVAL", "FREEHAND", "TRACED"})


def read(path: Path, shape: tuple[int, int]) -> LabelImage:
    """Labels of shape (H, W): each region that encloses an area is one particle, later ones lie on top."""
    try:
        regions = roifile.roiread(path)
    except Exception as error:  # the library raises what it likes on damaged files
        raise DataError(f"{path.name!r} cannot be read as ImageJ regions: {error}") from error
    labels = np.zeros(shape, np.int32)
    number = 0
    for region in regions if isinstance(regions, list) else [regions]:
        # a composite region has no type of its own that says so, but several paths
        if region.roitype.name not in AREAS and not region.multi_coordinates is not None:
            continue
        outlines = [np.asarray(outline) for outline in region.coordinates(multi=True) if len(outline) > 2]
        if outlines:
            number += 1
            fill(labels, outlines, number)
    return labels
