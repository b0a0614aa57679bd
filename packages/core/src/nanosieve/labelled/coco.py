"""COCO: one JSON file for all images, with polygons or run lengths."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import DataError
from nanosieve.labelled.entries import Annotation
from nanosieve.labelled.polygons import fill
from nanosieve.models import sha256
from nanosieve.values import LabelImage


def find(path: Path) -> dict[str, Annotation]:
    """What reads the labels of each image, by its file name without ending."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        drawn: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
        for annotation in content["annotations"]:
            drawn[annotation["image_id"]].append(annotation)
        return {
            Path(image["file_name"]).stem: _annotation(image, drawn[image["id"]])
            for image in content["images"]
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{str(path)!r} cannot be read as COCO: {error!r}") from error


def _annotation(image: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]]) -> Annotation:
    size = (int(image["height"]), int(image["width"]))
    return Annotation(partial(_labels, image["file_name"], size, annotations), partial(_digest, annotations))


def _digest(annotations: Sequence[Mapping[str, Any]]) -> str:
    """Of the annotations of one image: the file holds those of all others too."""
    return sha256(json.dumps(annotations, sort_keys=True).encode())


def _labels(
    name: str, size: tuple[int, int], annotations: Sequence[Mapping[str, Any]], shape: tuple[int, int]
) -> LabelImage:
    labels = np.zeros(size, np.int32)
    try:
        for number, annotation in enumerate(annotations, 1):
            segmentation = annotation["segmentation"]
            if isinstance(segmentation, Mapping):
                labels[_decode(segmentation)] = number
            else:
                fill(labels, [np.asarray(polygon, float).reshape(-1, 2) for polygon in segmentation], number)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f"COCO annotations of {name!r} cannot be read: {error!r}") from error
    return labels


def _decode(run_lengths: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Run lengths to a mask; column after column, ground first."""
    height, width = run_lengths["size"]
    counts = run_lengths["counts"]
    lengths = counts if isinstance(counts, list) else _decompress(counts)
    values = np.arange(len(lengths)) % 2 == 1
    mask: NDArray[np.bool_] = np.repeat(values, lengths).reshape(width, height).T
    return mask


def _decompress(text: str) -> list[int]:
    """COCO's text of run lengths: five bits a character, and from the third length on the change over two back."""
    lengths: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:  # the sign
            value -= 1 << shift
        lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
        value, shift = 0, 0
    return lengths
