"""The options of the segmenter `unet`."""

from __future__ import annotations

from pydantic import Field

from nanosieve.learn.network_config import NetworkConfig


class UnetConfig(NetworkConfig):
    """Options of `unet`; `filters` belongs to the weights."""

    filters: int = Field(
        64,
        ge=4,
        multiple_of=4,
        description="Width of the first stage; each of the four below has twice as many.",
    )
