"""Classifier `roundish`: round against long, by the tightest box."""

import numpy as np

import nanosieve
from nanosieve_example.slenderness import slenderness


def build(context: nanosieve.Context) -> "Roundish":
    """Build the classifier; it has no options."""
    return Roundish()


class Roundish:
    """A logistic function of the slenderness, in the middle at 1.5."""

    classes = ("round", "long")

    def classify(self, particles: nanosieve.Particles) -> np.ndarray:
        """Probabilities of shape (n, 2), float32."""
        values = np.array([slenderness(particle) for particle in particles], np.float64)
        long = 1 / (1 + np.exp(-10 * (np.minimum(values, 10) - 1.5)))
        return np.stack([1 - long, long], axis=1).astype(np.float32)
