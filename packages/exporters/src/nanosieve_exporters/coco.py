"""COCO annotations of all images in one file.

Polygons in px of the full picture, from its outer top-left corner, as the outlines are: of a picture of one pixel the
whole is (0, 0, 1, 0, 1, 1, 0, 1).
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import numpy as np

from nanosieve.outline import FloatArray
from nanosieve.table import Tables
from nanosieve.writing import write_text
from nanosieve_exporters.outlined import OutlinedImage, OutlinedParticle, outlined_images
from nanosieve_exporters.polygons import simple_rings


def export(tables: Tables, folder: Path) -> list[Path]:
    """Write ``coco.json``.

    Beside the fields of COCO an annotation has ``label``, ``accepted`` and ``reason`` of its particle, and an image
    has ``pixel_size_nm``, y and x.
    """
    classes = {name: number for number, name in enumerate(sorted(set(tables.particles["class"])), 1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image in outlined_images(tables, folder):
        images.append(_image(image, len(images) + 1))
        for particle in image.particles:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": len(images),
                    "category_id": classes[particle.row["class"]],
                    **_annotation(particle),
                }
            )
    content = {
        "info": {
            "description": "Particles found by nanosieve",
            "version": importlib.metadata.version("nanosieve-exporters"),
        },
        "images": images,
        "categories": [
            {"id": number, "name": name, "supercategory": "particle"} for name, number in classes.items()
        ],
        "annotations": annotations,
    }
    return [write_text(folder / "coco.json", json.dumps(content, allow_nan=False) + "\n")]


def _image(image: OutlinedImage, number: int) -> dict[str, Any]:
    height, width = image.outlines.picture_shape
    return {
        "id": number,
        "file_name": image.name,
        "width": width,
        "height": height,
        "pixel_size_nm": image.outlines.pixel_size_nm,
    }


def _annotation(particle: OutlinedParticle) -> dict[str, Any]:
    low, high = particle.outline.min(axis=0), particle.outline.max(axis=0)
    rings = simple_rings(particle.outline)
    return {
        "segmentation": [ring.ravel().tolist() for ring in rings],
        "area": sum(_area(ring) for ring in rings),
        "bbox": [*low.tolist(), *(high - low).tolist()],
        "iscrowd": 0,
        **{name: particle.row[name] for name in ("label", "accepted", "reason")},
    }


def _area(ring: FloatArray) -> float:
    """Area inside a polygon, px^2, by the shoelace formula."""
    x, y = ring.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
