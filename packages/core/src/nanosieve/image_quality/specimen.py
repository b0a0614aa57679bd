"""What the particles themselves say of a picture: how crowded it is, and how many of them are fit to be measured."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nanosieve.particles import Particles
from nanosieve.quality import UNKNOWN
from nanosieve.values import Segmentation

# Cut by the frame, or too small to be told from noise: nothing is said of their shape.
NOT_SEEN_WHOLE = ("edge", "too_small")
NOT_ONE = ("agglomerate", "covered")


def density(segmentation: Segmentation) -> float:
    """Share of the picture that particles cover, in [0, 1]."""
    return float(np.count_nonzero(segmentation.labels) / segmentation.labels.size)


def out_of_range(particles: Particles, accepted: pd.Series, diameter_px: tuple[float, float] | None) -> float:
    """Share of the accepted particles whose equivalent diameter is outside of `diameter_px`; NaN without either."""
    if diameter_px is None or not accepted.any():
        return np.nan
    low, high = diameter_px
    diameters = np.sqrt(4 * particles.areas[accepted.to_numpy()] / np.pi)
    return float(np.mean((diameters < low) | (diameters > high)))


def threshold_sensitivity(table: pd.DataFrame) -> float:
    """Median over accepted particles of ``threshold_spread`` over the equivalent diameter.

    NaN where these measures were not asked for, or without a foreground map.
    """
    spreads, diameters = (_column(table, name) for name in ("threshold_spread", "equivalent_diameter"))
    if spreads is None or diameters is None:
        return np.nan
    shares = (spreads / diameters)[table["accepted"]].dropna()
    return float(shares.median()) if len(shares) else np.nan


def share_of_several(table: pd.DataFrame) -> float:
    """Share of agglomerates and covered particles among those seen whole; NaN without a classifier."""
    return _share(table, table["class"].isin(NOT_ONE))


def share_of_unknown(table: pd.DataFrame) -> float:
    """Share of particles of no known shape among those seen whole; NaN without a classifier."""
    return _share(table, table["class"] == UNKNOWN)


def _share(table: pd.DataFrame, which: pd.Series) -> float:
    whole = ~table["reason"].isin(NOT_SEEN_WHOLE) & table["confidence"].notna()
    return float(which[whole].mean()) if whole.any() else np.nan


def _column(table: pd.DataFrame, measure: str) -> pd.Series | None:
    names = [name for name in (f"{measure}_nm", f"{measure}_px") if name in table]
    return table[names[0]] if names else None
