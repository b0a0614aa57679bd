"""All that can be varied in a simulated micrograph."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from pydantic import Field

from nanosieve.specs import Config

Kind = Literal["se", "stem_bf", "stem_df"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class SimulationSettings(Config):
    """Options of `nanosieve.simulate.simulate`; lengths in nm are those of the specimen."""

    height: int = Field(768, ge=32, le=20000, description="Height of the picture without data bar, px.")
    width: int = Field(1024, ge=32, le=20000, description="Width of the picture, px.")
    pixel_size_nm: float = Field(2.0, gt=0, description="Side of a pixel, nm.")
    diameter_nm: float = Field(80.0, gt=0, description="Median equivalent diameter, nm.")
    spread: float = Field(1.15, ge=1, le=3, description="Geometric standard deviation of the diameters.")
    coverage: float = Field(0.18, gt=0, le=1.5, description="Area of all particles over area of the picture.")
    clustering: float = Field(0.3, ge=0, le=1, description="Share of particles that touch another one.")
    overlap: float = Field(
        0.1, ge=0, le=0.8, description="How deep touching particles reach into one another."
    )
    agglomerates: float = Field(0.08, ge=0, le=1, description="Share of agglomerates (STEM).")
    classes: tuple[str, ...] = Field((), description="Only these classes; empty: all of the kind.")
    contrast: float = Field(
        0.6, gt=0, le=1, description="Difference of particle and ground, share of full range."
    )
    brightness: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Grey of the ground; null: 0.22 (SE), 0.75 (bright field), 0.12 (dark field).",
    )
    noise: float = Field(0.03, ge=0, le=0.5, description="Standard deviation of the detector's noise.")
    dose: float = Field(
        400, gt=0, description="Electrons a pixel at full brightness; shot noise is its root."
    )
    blur_px: float = Field(0.7, ge=0, le=10, description="Standard deviation of the beam's blur, px.")
    roughness: float = Field(0.05, ge=0, le=1, description="Texture of the ground or the film.")
    unevenness: float = Field(0.05, ge=0, le=1, description="Slow change of the ground over the picture.")
    drift_px: float = Field(0.3, ge=0, le=10, description="Standard deviation of the shift of a row, px.")
    charging: float = Field(0.05, ge=0, le=1, description="Strength of streaks behind bright particles.")
    data_bar: bool = Field(True, description="Put a data bar with a scale bar below the picture.")
    bits: Literal[8, 16] = Field(8, description="Bits a pixel.")


# Grey of the ground, where the settings leave it open.
GROUND: dict[Kind, float] = {"se": 0.22, "stem_bf": 0.75, "stem_df": 0.12}


def random_settings(rng: np.random.Generator, kind: Kind) -> SimulationSettings:
    """Settings drawn over what real micrographs show: a stage for training."""
    pixel_size_nm = float(np.exp(rng.uniform(np.log(0.2), np.log(20))))
    diameter_px = float(np.exp(rng.uniform(np.log(10), np.log(150))))
    scanning = kind == "se"
    return SimulationSettings(
        pixel_size_nm=round(pixel_size_nm, 4),
        diameter_nm=round(diameter_px * pixel_size_nm, 3),
        spread=float(rng.uniform(1.03, 1.5)),
        coverage=float(rng.uniform(0.03, 0.9 if scanning else 0.4)),
        clustering=float(rng.uniform(0, 1)),
        overlap=float(rng.uniform(0, 0.45 if scanning else 0.25)),
        agglomerates=float(rng.uniform(0, 0.3)),
        contrast=float(rng.uniform(0.25, 0.8)),
        brightness=float(np.clip(GROUND[kind] + rng.uniform(-0.12, 0.2), 0.02, 0.92)),
        noise=float(rng.uniform(0.005, 0.12)),
        dose=float(np.exp(rng.uniform(np.log(30), np.log(3000)))),
        blur_px=float(rng.uniform(0.4, 2.0)),
        roughness=float(rng.uniform(0, 0.25)),
        unevenness=float(rng.uniform(0, 0.3)),
        drift_px=float(rng.uniform(0, 0.8)),
        charging=float(rng.uniform(0, 0.3)) if scanning else 0.0,
        data_bar=bool(rng.random() < 0.5),
    )
