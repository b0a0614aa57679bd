"""Weight map `bright`: bright pixels count more."""

import numpy as np
from pydantic import Field

import nanosieve


class BrightConfig(nanosieve.Config):
    """Options of the weight map `bright`."""

    gain: float = Field(1, ge=0, description="Weight of a white pixel, above 1.")


def compute(labels: np.ndarray, pixels: np.ndarray, config: BrightConfig) -> np.ndarray:
    """1 + gain times grey value, shape (H, W), float32."""
    return (1 + config.gain * pixels).astype(np.float32)
