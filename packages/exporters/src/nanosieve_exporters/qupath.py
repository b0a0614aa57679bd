"""GeoJSON for QuPath: one detection a particle, with class and measures.

QuPath counts in px of the full picture from its outer top-left corner, as the outlines do. The rings run clockwise on
the screen, which is anticlockwise where y points up, as RFC 7946 wants it.
"""

from __future__ import annotations

import json
import math
import uuid
from pathlib import Path
from typing import Any

from nanosieve.overlay import EXCLUDED, class_colour
from nanosieve.table import IDENTITY, Tables
from nanosieve.writing import write_text
from nanosieve_exporters.outlined import OutlinedParticle, outlined_images
from nanosieve_exporters.polygons import simple_rings

# The names of objects come from the particle, so that a second export replaces the first.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "nanosieve")
VERDICT = ("class", "accepted", "reason")


def export(tables: Tables, folder: Path) -> list[Path]:
    """Write ``qupath/<stem>.geojson`` for each image.

    An excluded particle has a class of two parts, such as ``circle: edge``, so that it is not counted with the others.
    """
    written = []
    for image in outlined_images(tables, folder):
        collection = {"type": "FeatureCollection", "features": [_feature(each) for each in image.particles]}
        written.append(
            write_text(
                folder / "qupath" / f"{image.stem}.geojson", json.dumps(collection, allow_nan=False) + "\n"
            )
        )
    return written


def _feature(particle: OutlinedParticle) -> dict[str, Any]:
    row = particle.row
    name, reason = row["class"], row["reason"]
    return {
        "type": "Feature",
        "id": str(uuid.uuid5(NAMESPACE, f"{row['image']}/{row['label']}")),
        "geometry": _geometry(particle),
        "properties": {
            "objectType": "detection",
            "name": str(row["label"]),
            "classification": {
                "name": f"{name}: {reason}" if reason else name,
                "color": list(EXCLUDED if reason else class_colour(name)),
            },
            "measurements": {
                column: value
                for column, value in row.items()
                if column not in (*IDENTITY, *VERDICT) and not math.isnan(value)
            },
            "metadata": {"accepted": str(row["accepted"]).lower(), "reason": reason},
        },
    }


def _geometry(particle: OutlinedParticle) -> dict[str, Any]:
    # a ring ends where it began
    rings = [[[*ring.tolist(), ring[0].tolist()]] for ring in simple_rings(particle.outline)]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}
