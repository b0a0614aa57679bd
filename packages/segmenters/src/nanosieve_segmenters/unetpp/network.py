"""UNet++ (Zhou et al., DLMIA 2018), its encoder not pre-trained."""

from __future__ import annotations

import nanosieve.learn.torchvision_operators  # noqa: F401

# isort: split
# timm, which this imports, needs torchvision, and that the operators above
import segmentation_models_pytorch as smp
from torch import nn

from nanosieve.errors import UsageError
from nanosieve_segmenters.unetpp.config import UnetPlusPlusConfig


def make_network(config: UnetPlusPlusConfig) -> nn.Module:
    """A network with random weights; nothing is downloaded.

    Raises
    ------
    UsageError
        If there is no such encoder, or it has not so many stages.
    """
    try:
        return smp.UnetPlusPlus(
            config.encoder,
            encoder_depth=config.depth,
            encoder_weights=None,
            in_channels=1,
            classes=config.channels,
            decoder_channels=config.decoder_channels,
        )
    except (KeyError, ValueError, RuntimeError, AttributeError) as error:
        raise UsageError(
            f"segmenter 'unetpp': encoder = {config.encoder!r} with depth = {config.depth} cannot be made: {error}"
        ) from error
