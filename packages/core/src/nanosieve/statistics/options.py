"""What can be set of the statistics of a sample."""

from __future__ import annotations

from pydantic import Field

from nanosieve.specs import Config


class StatisticsOptions(Config):
    """Options of the statistics."""

    edge_correction: bool = Field(
        True, description="Weigh every particle by its chance of being whole in the frame (Miles-Lantuejoul)."
    )
    calibration_uncertainty: float | None = Field(
        None,
        ge=0,
        le=100,
        description="Relative standard uncertainty of the pixel size in percent; else by who states the size.",
    )
    rounds: int = Field(1000, ge=100, description="Rounds of the bootstrap that makes intervals.")
    goodness_rounds: int = Field(
        1000, ge=0, description="Rounds of the bootstrap that judges fits; 0 gives no p values."
    )
    precision: float = Field(
        0.05, gt=0, lt=1, description="Half width of the interval, as a share, that counts are planned for."
    )
    seed: int = Field(0, ge=0, description="Where random numbers begin: the same seed, the same figures.")
