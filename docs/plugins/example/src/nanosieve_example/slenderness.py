"""Measure `slenderness`: length over width of the tightest box."""

import cv2

import nanosieve


def slenderness(particle: nanosieve.Particle) -> float:
    """Longer over shorter side of the rectangle of least area around a particle, >= 1."""
    _, sides, _ = cv2.minAreaRect(particle.hull)
    return max(sides) / min(sides)
