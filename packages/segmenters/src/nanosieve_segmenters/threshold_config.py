"""The options of the segmenter `threshold`."""

from typing import Literal

from pydantic import Field

from nanosieve import Config


class ThresholdConfig(Config):
    """Options of the segmenter `threshold`."""

    polarity: Literal["auto", "bright", "dark"] = Field(
        "auto",
        description="Whether particles are brighter or darker than the ground; auto: as the micrograph says.",
    )
    method: Literal["li", "otsu", "local"] = Field(
        "li",
        description="Li: least cross entropy, lowered for faint particles; Otsu: two classes of grey; "
        "local: against the neighbourhood.",
    )
    smoothing_px: float = Field(
        1.0, ge=0, description="Standard deviation of the Gaussian against noise, in px."
    )
    flatten: Literal["auto", "on", "off"] = Field(
        "auto", description="Subtract the uneven ground; auto: where it varies by much of the contrast."
    )
    ground_px: float = Field(60, gt=0, description="Scale on which the ground varies, and of local, in px.")
    split: bool = Field(True, description="Cut touching particles apart at their necks.")
    neck: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Widest neck that is cut, as a share of the thinner particle's thickness.",
    )
    min_area_px: int = Field(30, ge=1, description="Smaller pieces are noise, in px.")
    largest_hole: float = Field(
        0.1,
        ge=0,
        description="Convex holes up to this share of the median piece are filled; faint ones up to all of it.",
    )
