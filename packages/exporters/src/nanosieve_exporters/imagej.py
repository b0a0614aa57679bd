"""Regions for ImageJ's ROI manager.

ImageJ counts the corners of areas from the outer corner of the first pixel, as the outlines do: a pixel belongs to a
region where its centre, at (x + 0.5, y + 0.5), lies inside.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import roifile

from nanosieve.overlay import EXCLUDED, class_colour
from nanosieve.table import Tables
from nanosieve.writing import write_whole
from nanosieve_exporters.outlined import OutlinedParticle, outlined_images

OPAQUE = 255


def export(tables: Tables, folder: Path) -> list[Path]:
    """Write ``imagej/<stem>.zip`` for each image: one region a particle, its name the label.

    The colour is that of the overlay; the properties of a region hold class, accepted and reason.
    """
    written = []
    for image in outlined_images(tables, folder):
        digits = len(str(max(image.outlines.labels, default=0)))
        regions = [_region(particle, digits) for particle in image.particles]
        written.append(
            write_whole(
                folder / "imagej" / f"{image.stem}.zip",
                partial(_write, regions),
            )
        )
    return written


def _write(regions: list[roifile.ImagejRoi], target: Path) -> None:
    # the temporary file is there already, and would be added to
    roifile.roiwrite(target, regions, mode="w")


def _region(particle: OutlinedParticle, digits: int) -> roifile.ImagejRoi:
    row = particle.row
    region = roifile.ImagejRoi.frompoints(
        particle.outline.astype(np.float32), name=f"{row['label']:0{digits}d}"
    )
    # of a freehand region ImageJ smooths the perimeter
    region.roitype = roifile.ROI_TYPE.POLYGON
    colour = class_colour(row["class"]) if row["accepted"] else EXCLUDED
    region.stroke_color = bytes([OPAQUE, *colour])
    region.properties = {
        "class": row["class"],
        "accepted": str(row["accepted"]).lower(),
        "reason": row["reason"],
    }
    return region
