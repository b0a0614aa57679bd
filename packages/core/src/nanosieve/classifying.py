"""Particles to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nanosieve.specs import Classifier
from nanosieve.values import Classification

if TYPE_CHECKING:
    from nanosieve.particles import Particles


def classify(particles: Particles, classifier: Classifier | None) -> Classification | None:
    """How likely each particle is of each class; None where no classifier was asked for."""
    if classifier is None:
        return None
    return Classification(classes=tuple(classifier.classes), probabilities=classifier.classify(particles))
