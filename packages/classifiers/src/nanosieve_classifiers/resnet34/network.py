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


class ResNet34(nn.Module):
    """Cut-outs (n, channels, size, size) to logits (n, classes); He initialisation."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        # timm's networks have more methods than torch's
        self.body: Any = timm.create_model(
            "resnet34", pretrained=False, in_chans=channels, num_classes=classes
        )

    def features(self, planes: torch.Tensor) -> torch.Tensor:
        """512 numbers for each cut-out: the mean over its places."""
        pooled: torch.Tensor = self.body.forward_head(self.body.forward_features(planes), pre_logits=True)
        return pooled

    def head(self, features: torch.Tensor) -> torch.Tensor:
        """Logits."""
        logits: torch.Tensor = self.body.get_classifier()(features)
        return logits

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Logits of cut-outs."""
        return self.head(self.features(planes))


def make_network(config: ShapeNetworkConfig, classes: int) -> ResNet34:
    """A network with random weights; nothing is downloaded."""
    return ResNet34(config.channels, classes)
