"""The label image: which pixel belongs to which row of the table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from nanosieve.writing import write_whole

if TYPE_CHECKING:
    from nanosieve.pipeline import Analysis


def write_labels(analysis: Analysis, path: Path) -> Path:
    """Write the labels as OME-TIFF, uint32, as large as the micrograph without its data bar, with physical size.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    labels = analysis.particles.segmentation.labels.astype(np.uint32)
    metadata: dict[str, Any] = {"axes": "YX", "Name": analysis.micrograph.name}
    if analysis.micrograph.pixel_size_nm is not None:
        y_nm, x_nm = analysis.micrograph.pixel_size_nm
        metadata |= {
            "PhysicalSizeX": x_nm,
            "PhysicalSizeXUnit": "nm",
            "PhysicalSizeY": y_nm,
            "PhysicalSizeYUnit": "nm",
        }
    return write_whole(
        path, lambda target: tifffile.imwrite(target, labels, ome=True, metadata=metadata, compression="zlib")
    )
