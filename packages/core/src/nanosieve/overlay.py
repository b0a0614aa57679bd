"""The picture of what was found: outlines coloured by class over the micrograph, with a legend and a scale bar."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.errors import OutputError
from nanosieve.legend import Colour, Entry, draw_legend
from nanosieve.writing import write_whole

if TYPE_CHECKING:
    from nanosieve.pipeline import Analysis

# Okabe and Ito 2008, "Color universal design": told apart with every kind of colour vision. RGB.
PALETTE: tuple[Colour, ...] = (
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (240, 228, 66),
    (213, 94, 0),
    (204, 121, 167),
    (0, 114, 178),
)
# The usual classes have a colour of their own, so that it means the same in every picture.
USUAL = {
    **dict.fromkeys(("circle", "sphere", "unclassified"), 0),
    "rod": 1,
    **dict.fromkeys(("square", "cube"), 2),
    **dict.fromkeys(("pentagon", "sphere-like"), 3),
    "triangle": 4,
    "hexagon": 5,
}
EXCLUDED: Colour = (255, 70, 70)
# Outlines are drawn in 1/16 px, the finest that OpenCV draws.
SHIFT = 4
DASH_PX = 4.0
MIN_SIDE_PX = 900


def write_overlay(analysis: Analysis, path: Path) -> Path:
    """Write the overlay of one micrograph as PNG.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    picture = draw_overlay(analysis)
    done, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise OutputError(f"cannot encode {str(path)!r} as PNG")
    return write_whole(path, lambda target: target.write_bytes(encoded.tobytes()))


def draw_overlay(analysis: Analysis) -> NDArray[np.uint8]:
    """Draw accepted particles with a solid line in the colour of their class, excluded ones dashed and red.

    Returns
    -------
    ndarray of shape (k H + strip, k W, 3), uint8 RGB; the micrograph is enlarged k times where it is small, and
    the strip with legend and scale bar stands below it, so that nothing of the micrograph is hidden
    """
    micrograph = analysis.micrograph
    zoom = math.ceil(MIN_SIDE_PX / max(micrograph.shape))
    grey = np.round(micrograph.pixels * 255).astype(np.uint8)
    picture = cv2.cvtColor(
        cv2.resize(grey, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2RGB
    )
    thickness = max(1, round(max(picture.shape) / 900))
    for index, outline in enumerate(_outlines(analysis, zoom)):
        if analysis.verdicts.reasons[index]:
            _dashed(picture, outline, EXCLUDED, thickness)
        else:
            colour = class_colour(analysis.verdicts.classes[index])
            cv2.polylines(picture, [_fixed(outline)], True, colour, thickness, cv2.LINE_AA, SHIFT)
    strip = draw_legend(_entries(analysis), micrograph, picture.shape[1], zoom)
    return np.vstack([picture, strip]).astype(np.uint8)


def class_colour(name: str) -> Colour:
    """The colour of a class, the same in every picture; other than the usual ones share what is left."""
    return PALETTE[USUAL.get(name, zlib.crc32(name.encode()) % len(PALETTE))]


def _entries(analysis: Analysis) -> list[Entry]:
    verdicts = analysis.verdicts
    accepted = Counter(
        name for name, reason in zip(verdicts.classes, verdicts.reasons, strict=True) if not reason
    )
    excluded = Counter(reason for reason in verdicts.reasons if reason)
    return [
        *(Entry(f"{name}: {accepted[name]}", class_colour(name)) for name in sorted(accepted)),
        *(Entry(f"{reason}: {excluded[reason]}", EXCLUDED, dashed=True) for reason in sorted(excluded)),
    ]


def _outlines(analysis: Analysis, zoom: int) -> list[NDArray[np.float64]]:
    outlines = analysis.particles.outlines
    # pixel centres of the micrograph to pixel centres of the enlarged picture
    points = (outlines.points / analysis.particles.stretch + 0.5) * zoom - 0.5
    return [points[start:end] for start, end in zip(outlines.offsets[:-1], outlines.offsets[1:], strict=True)]


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    fixed: NDArray[np.int32] = np.round(points * 2**SHIFT).astype(np.int32)
    return fixed


def _dashed(picture: NDArray[Any], outline: NDArray[np.float64], colour: Colour, thickness: int) -> None:
    closed = np.vstack([outline, outline[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    if along[-1] == 0:
        return
    dashes = max(2, round(along[-1] / (2 * DASH_PX * thickness)))
    for start in np.arange(dashes) * along[-1] / dashes:
        at = np.linspace(start, start + along[-1] / dashes / 2, 4)
        dash = np.stack([np.interp(at, along, closed[:, axis]) for axis in (0, 1)], axis=1)
        cv2.polylines(picture, [_fixed(dash)], False, colour, thickness, cv2.LINE_AA, SHIFT)
