"""Settings drawn at random, as wide as real micrographs differ: the stage for training."""

from __future__ import annotations

from math import pi
from typing import cast

import numpy as np

from nanosieve.kinds import Kind
from nanosieve.simulate.settings import (
    GROUND,
    SE_CLASSES,
    STEM_CLASSES,
    Arrangement,
    ShapeClass,
    SimulationSettings,
)

DIAMETER_PX = (8.0, 200.0)
PIXEL_SIZE_NM = (0.2, 20.0)
# In a field; more cost time without showing more.
PARTICLES = (10, 1500)
# Smaller ones show no detail, of larger ones too few make a pile.
CROWD_DIAMETER_PX = (16.0, 100.0)
ARRANGEMENTS: tuple[Arrangement, ...] = ("random", "chains", "clusters", "monolayer")


def random_settings(
    rng: np.random.Generator, kind: Kind, *, height: int = 704, width: int = 1024
) -> SimulationSettings:
    """Draw settings over wide ranges; pictures of one kind of specimen have one or several classes.

    Parameters
    ----------
    height, width : of the picture without data bar, px
    """
    scanning = kind == "se"
    pixel_size = _log_uniform(rng, *PIXEL_SIZE_NM)
    diameter_px = _log_uniform(rng, *DIAMETER_PX)
    ground = rng.uniform(0.35, 0.95) if kind == "stem_bf" else GROUND[kind] * _log_uniform(rng, 0.3, 2.5)
    one = pi / 4 * diameter_px**2 / (height * width)
    least = float(np.clip(PARTICLES[0] * one, 0.02, 0.3))
    most = float(np.clip(PARTICLES[1] * one, 0.04, 0.9 if scanning else 0.5))
    return SimulationSettings(
        height=height,
        width=width,
        pixel_size_nm=float(f"{pixel_size:.4g}"),
        diameter_nm=float(f"{diameter_px * pixel_size:.4g}"),
        spread=float(rng.choice([rng.uniform(1.02, 1.12), rng.uniform(1.1, 1.6)])),
        classes=_some_classes(rng, kind),
        agglomerates=0.0 if scanning else float(rng.choice([0.0, rng.uniform(0.02, 0.3)])),
        irregularity=_log_uniform(rng, 0.02, 0.15),
        rounding=_log_uniform(rng, 0.04, 0.35),
        plate_thickness=_log_uniform(rng, 0.1, 0.8),
        coverage=_log_uniform(rng, least, most),
        arrangement=cast(Arrangement, str(rng.choice(ARRANGEMENTS))),
        clustering=float(rng.choice([0.0, rng.uniform(0.1, 1.0)], p=[0.2, 0.8])),
        cluster_size=_log_uniform(rng, 2.5, 60),
        overlap=float(rng.choice([0.0, rng.uniform(0, 0.6 if scanning else 0.3)], p=[0.3, 0.7])),
        contrast=float(rng.uniform(0.25, 0.8) if scanning else rng.uniform(0.2, 0.995)),
        brightness=float(ground),
        variety=float(rng.uniform(0, 0.15)),
        surface=float(rng.choice([0.0, rng.uniform(0.02, 0.25)])),
        edge=float(rng.uniform(0.2, 0.9)),
        shadowing=float(rng.uniform(0.3, 2.0)),
        side_light=float(rng.choice([0.0, rng.uniform(0.05, 0.4)])),
        coating=float(rng.choice([0.0, rng.uniform(0.03, 0.25)], p=[0.7, 0.3])),
        fringe=float(rng.choice([0.0, rng.uniform(0.1, 0.8)])),
        ground=float(rng.choice([0.0, _log_uniform(rng, 0.02, 0.8)], p=[0.15, 0.85])),
        blotches=float(rng.choice([0.0, _log_uniform(rng, 0.02, 0.7)], p=[0.3, 0.7])),
        unevenness=float(rng.uniform(0, 0.25)),
        blur_px=_log_uniform(rng, 0.3, 2.5),
        drift_px=float(rng.choice([0.0, rng.uniform(0, 0.6)])),
        charging=float(rng.choice([0.0, rng.uniform(0, 0.4)])) if scanning else 0.0,
        dose=_log_uniform(rng, 40, 4000),
        noise=_log_uniform(rng, 0.003, 0.08),
        noise_grain_px=float(rng.choice([0.0, rng.uniform(0.4, 1.5)], p=[0.6, 0.4])),
        data_bar=bool(rng.random() < 0.5),
    )


def crowded_settings(
    rng: np.random.Generator, kind: Kind, *, height: int = 704, width: int = 1024
) -> SimulationSettings:
    """Settings as `random_settings` draws them, but for particles of many sizes in piles, well seen.

    What tells particles in a pile apart is fine detail: the edge of the one on top, or a neck. Noise and blur that
    would hide it are therefore milder here.
    """
    drawn = random_settings(rng, kind, height=height, width=width)
    scanning = kind == "se"
    diameter_px = _log_uniform(rng, *CROWD_DIAMETER_PX)
    crystals: dict[ShapeClass, float] = (
        {"sphere-like": 4.0, "rod": 1.0}
        if scanning
        else {"circle": 3.0, "rod": 1.0, "pentagon": 1.0, "hexagon": 1.0}
    )
    return drawn.model_copy(
        update={
            "diameter_nm": float(f"{diameter_px * drawn.pixel_size_nm:.4g}"),
            "spread": float(rng.uniform(1.15, 1.7)),
            "classes": drawn.classes if rng.random() < 0.4 else crystals,
            "agglomerates": 0.0,
            "irregularity": float(rng.uniform(0.05, 0.3)),
            "elongation": float(rng.uniform(1.2, 2.2)),
            "rounding": float(rng.uniform(0.08, 0.45)),
            "plate_thickness": float(rng.uniform(0.3, 1.5)),
            "coverage": float(rng.uniform(0.1, 0.6)),
            "arrangement": cast(
                Arrangement, str(rng.choice(["chains", "clusters", "monolayer"], p=[0.2, 0.6, 0.2]))
            ),
            "clustering": float(rng.uniform(0.7, 1)),
            "cluster_size": _log_uniform(rng, 3, 60),
            "overlap": float(rng.uniform(0.1, 0.9) if scanning else rng.uniform(0.05, 0.3)),
            # what lies on top is often far brighter than what it covers
            "variety": float(rng.uniform(0, 0.4)) if scanning else drawn.variety,
            "contrast": drawn.contrast if scanning else float(rng.uniform(0.5, 0.998)),
            "blur_px": _log_uniform(rng, 0.3, 1.5),
            "charging": 0.3 * drawn.charging,
            "dose": _log_uniform(rng, 200, 5000),
            "noise": _log_uniform(rng, 0.003, 0.03),
            # a rough surface is no pile of its own grains
            "surface": float(rng.choice([drawn.surface, rng.uniform(0.2, 0.8)], p=[0.7, 0.3])),
        }
    )


def _some_classes(rng: np.random.Generator, kind: Kind) -> dict[ShapeClass, float]:
    """One class in a third of the pictures, else several, unequally often."""
    known = list(SE_CLASSES if kind == "se" else STEM_CLASSES)
    count = 1 if rng.random() < 1 / 3 else int(rng.integers(2, len(known) + 1))
    chosen = rng.choice(len(known), size=count, replace=False)
    return {known[index]: round(float(rng.uniform(0.2, 1.0)), 2) for index in sorted(chosen)}


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
