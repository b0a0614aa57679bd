"""What the microscope adds: unevenness, blur, drift, charging, noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from nanosieve.simulate.settings import SimulationSettings
from nanosieve.simulate.texture import slow_change
from nanosieve.values import FloatImage

# Length over which a charging streak fades, over the width of the picture.
STREAK = 0.06
# Rows over which drift stays about the same.
DRIFT_ROWS = 6


def record(signal: FloatImage, settings: SimulationSettings, rng: np.random.Generator) -> FloatImage:
    """The recorded picture in [0, 1], shape (H, W).

    Parameters
    ----------
    signal : what leaves the specimen, 1 is full brightness
    """
    picture = signal
    if settings.unevenness:
        picture = picture * (1 + settings.unevenness * slow_change(picture.shape, rng))
    if settings.blur_px:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), settings.blur_px), np.float32)
    if settings.drift_px:
        picture = _with_drift(picture, settings.drift_px, rng)
    if settings.charging:
        picture = picture + _streaks(picture, settings.charging, rng)
    picture = np.clip(picture, 0, 1)
    counted = rng.poisson(picture * settings.dose) / settings.dose - picture
    noise = counted + settings.noise * rng.standard_normal(picture.shape)
    if settings.noise_grain_px:
        noise = _spread_out(noise, settings.noise_grain_px)
    return np.asarray(np.clip(picture + noise, 0, 1), np.float32)


def quantised(picture: FloatImage, bits: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Grey values as files hold them."""
    if bits == 8:
        return np.round(picture * 255).astype(np.uint8)
    return np.round(picture * 65535).astype(np.uint16)


def _spread_out(noise: NDArray[np.float64], grain_px: float) -> NDArray[np.float64]:
    """Noise whose neighbours are alike, as strong as before."""
    smooth = cv2.GaussianBlur(noise, (0, 0), grain_px)
    return np.asarray(smooth * (noise.std() / max(float(smooth.std()), 1e-9)))


def _with_drift(picture: FloatImage, drift_px: float, rng: np.random.Generator) -> FloatImage:
    """Every row shifted along x."""
    height, width = picture.shape
    jitter = rng.standard_normal((height, 1))
    smooth = cv2.GaussianBlur(jitter, (1, 0), sigmaX=1, sigmaY=DRIFT_ROWS)
    shifts = 0.4 * jitter + smooth / max(float(smooth.std()), 1e-9)
    shifts *= drift_px / max(float(shifts.std()), 1e-9)
    columns = np.arange(width, dtype=np.float32) + shifts.astype(np.float32)
    rows = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], (height, width))
    return np.asarray(
        cv2.remap(
            picture, columns, np.ascontiguousarray(rows), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
    )


def _streaks(picture: FloatImage, strength: float, rng: np.random.Generator) -> FloatImage:
    """Behind particles the signal stays wrong for a while along the fast scan; some rows jump as a whole."""
    height, width = picture.shape
    keep = np.exp(-1 / (STREAK * width))
    excess = np.abs(picture - np.float32(np.median(picture)))
    tail = lfilter([1 - keep], [1, -keep], excess, axis=1)
    smooth = cv2.GaussianBlur(rng.standard_normal((height, 1)), (1, 0), sigmaX=1, sigmaY=1.5)
    rows = smooth / max(float(smooth.std()), 1e-9)
    jumps = 0.15 * rng.standard_normal((height, 1)) * (rng.random((height, 1)) < 0.2)
    return np.asarray(strength * ((rows - 0.7) * tail + jumps * 0.3), np.float32)
