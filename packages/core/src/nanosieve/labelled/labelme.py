"""LabelMe: a JSON file of polygons, rectangles and circles for each image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import DataError
from nanosieve.labelled.polygons import fill
from nanosieve.values import LabelImage

SUFFIXES = (".json",)
CIRCLE_CORNERS = 90


def read(path: Path, shape: tuple[int, int]) -> LabelImage:
    """Labels of the shape that the file names; shapes that share a ``group_id`` are one particle."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        height, width = content.get("imageHeight") or shape[0], content.get("imageWidth") or shape[1]
        labels = np.zeros((int(height), int(width)), np.int32)
        numbers: dict[Any, int] = {}
        for index, drawn in enumerate(content["shapes"]):
            outline = _outline(drawn.get("shape_type") or "polygon", np.asarray(drawn["points"], float))
            if outline is None:
                continue
            group = drawn.get("group_id")
            key = ("shape", index) if group is None else ("group", group)
            fill(labels, [outline], numbers.setdefault(key, len(numbers) + 1))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise DataError(f"{path.name!r} cannot be read as LabelMe: {error!r}") from error
    return labels


def _outline(kind: str, points: NDArray[Any]) -> NDArray[Any] | None:
    """Corners (n, 2), x and y; None for points and lines, which enclose nothing."""
    if kind == "polygon" and len(points) > 2:
        return points
    if kind == "rectangle":
        (x0, y0), (x1, y1) = points[0], points[-1]
        return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    if kind == "circle":
        angles = np.linspace(0, 2 * np.pi, CIRCLE_CORNERS, endpoint=False)
        radius = np.hypot(*(points[1] - points[0]))
        circle: NDArray[Any] = points[0] + radius * np.column_stack([np.cos(angles), np.sin(angles)])
        return circle
    return None
