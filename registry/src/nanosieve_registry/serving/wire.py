"""Micrographs and segmentations as bytes, for a segmenter on another machine: NPZ of NumPy arrays without pickle."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosieve import Micrograph, Segmentation
from nanosieve.errors import ReadError

MEDIA_TYPE = "application/vnd.nanosieve.npz"
NOTES = "notes"
# Names and types of the arrays; every one of them but the notes has the shape of the picture.
OF_MICROGRAPH = {"pixels": np.float32, "valid": np.bool_}
OF_SEGMENTATION = {"labels": np.int32, "foreground": np.float32}
# The notes are a name, a scale, and what the microscope said of its detector.
MOST_NOTES = 1 << 20


def pack_micrograph(micrograph: Micrograph) -> bytes:
    """A micrograph as bytes. Grey values are kept bit by bit, so that labels elsewhere are those of here."""
    notes = {
        "pixel_size_nm": micrograph.pixel_size_nm,
        "name": micrograph.name,
        "metadata": dict(micrograph.metadata),
        "polarity": micrograph.polarity,
        "polarity_certainty": micrograph.polarity_certainty,
    }
    return _pack(notes, pixels=micrograph.pixels, valid=micrograph.valid)


def unpack_micrograph(data: bytes, most_pixels: int) -> Micrograph:
    """The micrograph of `pack_micrograph`.

    Parameters
    ----------
    most_pixels : a picture that declares more is refused before it is unpacked

    Raises
    ------
    ReadError
        If the bytes are something else.
    """
    arrays, notes = _unpack(data, OF_MICROGRAPH, most_pixels)
    pixels = arrays.get("pixels")
    if pixels is None or not pixels.size:
        raise ReadError("the micrograph has no pixels")
    # written so that NaN is caught as well
    if not ((pixels >= 0) & (pixels <= 1)).all():
        raise ReadError("grey values must lie in [0, 1]")
    size = notes.get("pixel_size_nm")
    try:
        return Micrograph(
            pixels=pixels,
            pixel_size_nm=None if size is None else (float(size[0]), float(size[1])),
            name=str(notes.get("name", "")),
            metadata=dict(notes.get("metadata", {})),
            valid=arrays.get("valid"),
            polarity=_polarity(notes),
            polarity_certainty=float(notes.get("polarity_certainty", 1.0)),
        )
    except (TypeError, ValueError, IndexError) as error:
        raise ReadError(f"the notes on the micrograph cannot be used: {error}") from error


def pack_segmentation(segmentation: Segmentation) -> bytes:
    """A segmentation as bytes."""
    notes = {
        "model": segmentation.model,
        "polarity": segmentation.polarity,
        "magnification": segmentation.magnification,
        "warnings": segmentation.warnings,
    }
    return _pack(notes, labels=segmentation.labels, foreground=segmentation.foreground)


def unpack_segmentation(data: bytes, shape: tuple[int, int]) -> Segmentation:
    """The segmentation of `pack_segmentation` for a picture of this shape.

    Raises
    ------
    ReadError
        If the bytes are something else.
    """
    arrays, notes = _unpack(data, OF_SEGMENTATION, shape[0] * shape[1])
    if "labels" not in arrays:
        raise ReadError("the segmentation has no labels")
    return Segmentation(
        labels=arrays["labels"],
        foreground=arrays.get("foreground"),
        model=str(notes.get("model", "")),
        polarity=_polarity(notes),
        magnification=_magnification(notes),
        warnings=tuple(str(warning) for warning in notes.get("warnings", ())),
    )


def _magnification(notes: Mapping[str, Any]) -> float:
    found = notes.get("magnification", 1.0)
    if not isinstance(found, int | float) or not 0 < found < math.inf:
        raise ReadError(f"the magnification of the segmentation is {found!r}, not a number above 0")
    return float(found)


def _pack(notes: Mapping[str, Any], **arrays: NDArray[Any] | None) -> bytes:
    target = io.BytesIO()
    written = {name: array for name, array in arrays.items() if array is not None}
    written[NOTES] = np.frombuffer(json.dumps(notes).encode(), np.uint8)
    np.savez_compressed(target, allow_pickle=False, **written)
    return target.getvalue()


def _unpack(
    data: bytes, types: Mapping[str, Any], most_pixels: int
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len({member.filename for member in members}) < len(members):
                raise ReadError("no array may come twice")
            for member in members:
                _check_declared(archive, member, types, most_pixels)
        with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
        notes = json.loads(arrays.pop(NOTES).tobytes())
        if not isinstance(notes, dict):
            raise ReadError("the notes must be an object")
    except ReadError:
        raise
    except Exception as error:  # damaged archives raise whatever the parser stumbles over
        raise ReadError(f"these are not the arrays of a picture: {error or type(error).__name__}") from error
    return arrays, notes


def _check_declared(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, types: Mapping[str, Any], most_pixels: int
) -> None:
    """Refuse an array by its header, before memory is taken for it."""
    name = member.filename.removesuffix(".npy")
    if name not in types and name != NOTES:
        raise ReadError(f"there must be no array {name!r}")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ReadError(f"array {name!r} has the format {version}, not (1, 0)")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if name == NOTES:
        if len(shape) != 1 or dtype != np.uint8 or shape[0] > MOST_NOTES:
            raise ReadError("the notes must be bytes, at most 1 MiB")
    elif len(shape) != 2 or dtype != types[name]:
        raise ReadError(f"array {name!r} must be (H, W) {np.dtype(types[name])}, not {shape} {dtype}")
    elif shape[0] * shape[1] > most_pixels:
        raise ReadError(f"array {name!r} has {shape[0] * shape[1]:,} pixels, more than {most_pixels:,}")


def _polarity(notes: Mapping[str, Any]) -> Any:
    polarity = notes.get("polarity")
    if polarity not in (None, "bright", "dark"):
        raise ReadError(f"polarity {polarity!r} must be 'bright', 'dark' or null")
    return polarity
