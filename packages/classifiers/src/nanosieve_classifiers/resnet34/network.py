"""ResNet-34 (He et al., CVPR 2016) of timm, not pre-trained."""

from __future__ import annotations

from typing import Any

import nanosieve.learn.torchvision_operators  # noqa: F401

# isort: split
# timm needs torchvision, and that the operators above
import timm
import torch
from torch import nn

from nanosieve.learn.shapes.config import ShapeNetworkConfig


class TimmNetwork(nn.Module):
    """A network of timm: cut-outs (n, channels, size, size) to logits (n, classes); random weights, as timm begins.

    Parameters
    ----------
    name : as timm calls it
    """

    def __init__(self, name: str, channels: int, classes: int) -> None:
        super().__init__()
        # timm's networks have more methods than torch's
        self.body: Any = timm.create_model(name, pretrained=False, in_chans=channels, num_classes=classes)

    def features(self, planes: torch.Tensor) -> torch.Tensor:
        """What is before the last layer; of ResNet-34 512 numbers for each cut-out, the mean over its places."""
        pooled: torch.Tensor = self.body.forward_head(self.body.forward_features(planes), pre_logits=True)
        return pooled

    def head(self, features: torch.Tensor) -> torch.Tensor:
        """Logits."""
        logits: torch.Tensor = self.body.get_classifier()(features)
        return logits

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Logits of cut-outs."""
        return self.head(self.features(planes))


def make_network(config: ShapeNetworkConfig, classes: int) -> TimmNetwork:
    """A network with random weights, He initialisation; nothing is downloaded."""
    return TimmNetwork("resnet34", config.channels, classes)
