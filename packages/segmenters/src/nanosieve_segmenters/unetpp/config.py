"""The options of the segmenter `unetpp`."""

from __future__ import annotations

from pydantic import Field, model_validator

from nanosieve.learn.network_config import NetworkConfig


class UnetPlusPlusConfig(NetworkConfig):
    """Options of `unetpp`; the first three are those of the network and belong to its weights."""

    encoder: str = Field(
        "tu-regnetx_002",
        description="Encoder of segmentation-models-pytorch, or of timm with tu- before its name.",
    )
    depth: int = Field(5, ge=3, le=5, description="How often the encoder halves the image.")
    decoder_channels: tuple[int, ...] = Field(
        (128, 64, 48, 32, 16), description="Width of each stage of the decoder, deepest first."
    )

    @model_validator(mode="after")
    def _check_channels(self) -> UnetPlusPlusConfig:
        if len(self.decoder_channels) != self.depth:
            raise ValueError(
                f"decoder_channels has {len(self.decoder_channels)} numbers, depth = {self.depth} needs as many"
            )
        return self
