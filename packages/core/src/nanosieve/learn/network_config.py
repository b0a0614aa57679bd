"""The options that all segmenters with a network share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from nanosieve.learn.loop_config import Precision
from nanosieve.specs import Config


class NetworkConfig(Config):
    """How a segmentation network is used."""

    second_head: Literal["none", "depth", "depth_gap"] = Field(
        "depth",
        description="none: only particle or ground, as in the paper; depth: also the relative depth in the particle, "
        "by which touching particles are parted; depth_gap: the gaps between particles too.",
    )
    threshold: float = Field(0.5, gt=0, lt=1, description="A pixel is particle above this probability.")
    prominence: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="The middle of a particle rises so far in height above the saddle to the next; half of the "
        "height is relative depth, half the logarithm of the distance to the edge.",
    )
    neck_prominence: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="The same in what is not convex, if its parts are more so; as large as prominence: not looked for.",
    )
    least_depth: float = Field(
        0.4, ge=0, lt=1, description="What is nowhere so deep, relatively, is no particle."
    )
    least_px: int = Field(12, ge=1, description="Pieces of fewer pixels are no particles.")
    tile: int = Field(1280, ge=64, multiple_of=32, description="Largest side of a tile, px.")
    overlap: int = Field(128, ge=0, description="How far tiles overlap, px.")
    batch: int = Field(1, ge=1, description="Tiles computed at once.")
    precision: Precision = Field("auto", description="auto: bfloat16 where the machine is faster with it.")

    @model_validator(mode="after")
    def _check(self) -> NetworkConfig:
        if self.overlap > self.tile // 2:
            raise ValueError(f"overlap = {self.overlap} must be at most half of tile = {self.tile}")
        return self

    @property
    def channels(self) -> int:
        """Planes that the network answers with."""
        return {"none": 1, "depth": 2, "depth_gap": 3}[self.second_head]
