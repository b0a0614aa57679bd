"""Accepted or excluded, and why: every particle stays in the table, and the balance closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from nanosieve.specs import Config
from nanosieve.values import Classification, Micrograph

if TYPE_CHECKING:
    from nanosieve.particles import Particles

UNKNOWN = "unknown"
UNCLASSIFIED = "unclassified"


class Rules(Config):
    """When a particle counts."""

    # Bals and Epple 2023 accept a class from 75 % on.
    confidence: float = Field(
        0.75, ge=0, le=1, description="Least probability of the best class; below it the class is 'unknown'."
    )
    min_diameter_px: float = Field(
        10, ge=0, description="Least equivalent diameter in px; smaller particles are 'too_small'."
    )
    min_shape_diameter_px: float = Field(
        20,
        ge=0,
        description="Below this equivalent diameter in px no shape is given: pixels, not particles, decide it.",
    )
    edge: bool = Field(
        True, description="Exclude particles that touch the frame: only complete particles count."
    )
    masked: bool = Field(True, description="Exclude particles that touch an annotation or missing pixels.")
    correct_boundary: bool = Field(
        True,
        description="Move outlines by what the card of the model says that it puts edges too far out or in.",
    )
    remove_outline_noise: bool = Field(
        True,
        description="Take noise off outlines, which makes large widths too large and small ones too small.",
    )
    excluded_classes: tuple[str, ...] = Field(
        ("covered", "agglomerate"),
        description="Classes that are counted but not sized; the class is the reason.",
    )


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What is decided about n particles.

    Attributes
    ----------
    classes : the class of each particle, ``"unknown"`` below the confidence limit, ``"unclassified"`` without a
        classifier
    confidence : ndarray of shape (n,), probability of the best class; NaN without a classifier
    reasons : why each particle is excluded, ``""`` for an accepted one
    """

    classes: tuple[str, ...]
    confidence: NDArray[np.float64]
    reasons: tuple[str, ...]


def judge(
    micrograph: Micrograph, particles: Particles, classification: Classification | None, rules: Rules
) -> Verdicts:
    """Accept or exclude each particle; where several reasons hold, the one that needs least trust is given.

    The order is: edge, masked, too_small, the excluded classes, unknown.
    """
    count = len(particles)
    classes = class_names(classification, count, rules)
    confidence = np.full(count, np.nan) if classification is None else classification.confidence
    reasons = ["" if name != UNKNOWN else UNKNOWN for name in classes]
    for index, name in enumerate(classes):
        if name in rules.excluded_classes:
            reasons[index] = name
    # stronger reasons overwrite weaker ones
    _overwrite(reasons, _diameters(particles) < rules.min_diameter_px, "too_small")
    if rules.masked and micrograph.valid is not None:
        _overwrite(reasons, _touches(particles, ~micrograph.valid), "masked")
    if rules.edge:
        _overwrite(reasons, _touches_edge(particles, micrograph.shape), "edge")
    return Verdicts(classes=classes, confidence=confidence.astype(np.float64), reasons=tuple(reasons))


def class_names(classification: Classification | None, count: int, rules: Rules) -> tuple[str, ...]:
    """What each of `count` particles is called; see `Verdicts.classes`."""
    if classification is None:
        return (UNCLASSIFIED,) * count
    sure = classification.confidence.astype(np.float64) >= rules.confidence
    return tuple(name if known else UNKNOWN for name, known in zip(classification.best, sure, strict=True))


def _overwrite(reasons: list[str], where: NDArray[np.bool_], reason: str) -> None:
    for index in np.flatnonzero(where):
        reasons[index] = reason


def _diameters(particles: Particles) -> NDArray[np.float64]:
    diameters: NDArray[np.float64] = np.sqrt(4 * particles.areas / np.pi)
    return diameters


def _touches_edge(particles: Particles, shape: tuple[int, int]) -> NDArray[np.bool_]:
    boxes = particles.boxes
    touches: NDArray[np.bool_] = (
        (boxes[:, 0] <= 0) | (boxes[:, 1] <= 0) | (boxes[:, 2] >= shape[0]) | (boxes[:, 3] >= shape[1])
    )
    return touches


def _touches(particles: Particles, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels = particles.segmentation.labels
    grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    touched = np.zeros(particles.segmentation.count + 1, bool)
    touched[labels[grown]] = True
    return touched[1:]
