"""What a safetensors file says that it holds, checked against its bytes before anything reads it."""

from __future__ import annotations

import math
import struct
from collections.abc import Collection, Mapping
from typing import Any

from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.strict_json import parse

# Bytes of an element, of the types that weights, labels and pictures have here.
ELEMENT = {
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "U16": 2,
    "I16": 2,
    "I32": 4,
    "I64": 8,
    "F16": 2,
    "BF16": 2,
    "F32": 4,
    "F64": 8,
}
LENGTH = struct.Struct("<Q")
# The largest network of segmentation-models-pytorch has a few thousand tensors: 200 bytes of header for each.
LARGEST_HEADER = 4 << 20
MOST_TENSORS = 20_000
MOST_DIMENSIONS = 8
FIELDS = {"dtype", "shape", "data_offsets"}
METADATA = "__metadata__"

Shapes = Mapping[str, tuple[int, ...]]


def tensor_shapes(data: bytes, what: str, types: Collection[str] = ELEMENT.keys()) -> Shapes:
    """Names and shapes of all tensors in a file.

    Parameters
    ----------
    data : the whole file
    what : its name, for messages
    types : of elements that are taken

    Raises
    ------
    RefusedError
        If the header does not describe exactly the bytes that follow it: offsets that overlap, leave a gap or lie
        outside, sizes that do not belong to the shape, types that are unknown.
    """
    if len(data) < LENGTH.size:
        raise RefusedError(f"{what!r} is too short for a safetensors file")
    (length,) = LENGTH.unpack(data[: LENGTH.size])
    first = LENGTH.size + length
    if length > LARGEST_HEADER or first > len(data):
        raise RefusedError(f"{what!r} is no safetensors file: its header would have {length} bytes")
    header = parse(data[LENGTH.size : first], f"the header of {what!r}")
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise RefusedError(f"{what!r}: {METADATA} may hold texts only")
    if len(header) > MOST_TENSORS:
        raise RefusedError(f"{what!r} has {len(header)} tensors; at most {MOST_TENSORS} are taken")
    spans = sorted(_span(name, entry, what, types) for name, entry in header.items())
    end = 0
    for begin, stop, name in spans:
        if begin != end:
            kind = "overlaps another" if begin < end else "leaves a gap before it"
            raise RefusedError(f"{what!r}: tensor {name!r} {kind}")
        end = stop
    if end != len(data) - first:
        raise RefusedError(
            f"{what!r}: its tensors need {end} bytes, the file has {len(data) - first} for them"
        )
    return {name: tuple(entry["shape"]) for name, entry in header.items()}


def _span(name: str, entry: Any, what: str, types: Collection[str]) -> tuple[int, int, str]:
    """First byte and end of one tensor."""
    who = f"{what!r}: tensor {name!r}"
    if not isinstance(entry, dict) or set(entry) != FIELDS:
        raise RefusedError(f"{who} must have {', '.join(sorted(FIELDS))} and nothing else")
    if entry["dtype"] not in types:
        raise RefusedError(f"{who} has elements of type {str(entry['dtype'])[:20]!r}, not {', '.join(types)}")
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _counts(shape) or len(shape) > MOST_DIMENSIONS:
        raise RefusedError(f"{who} has no possible shape: {str(shape)[:60]}")
    if not _counts(offsets) or len(offsets) != 2:
        raise RefusedError(f"{who} has no possible offsets: {str(offsets)[:60]}")
    size = math.prod(shape) * ELEMENT[entry["dtype"]]
    begin, end = offsets
    if end - begin != size:
        raise RefusedError(
            f"{who} of shape {tuple(shape)} needs {size} bytes, its offsets have {end - begin}"
        )
    return begin, end, name


def _counts(value: Any) -> bool:
    """Whether it is a list of whole numbers, none negative."""
    return isinstance(value, list) and all(type(each) is int and each >= 0 for each in value)
