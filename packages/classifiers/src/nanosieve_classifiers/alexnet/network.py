"""AlexNet (Krizhevsky et al., NIPS 2012) as Zeiler and Fergus (ECCV 2014) changed it, with narrower last layers.

Layer by layer, for cut-outs of 224 px; in brackets for 64 px:

===== ============================================ ==================
layer what it does                                 answers
===== ============================================ ==================
1     96 filters 7 x 7, stride 2; maximum 3 x 3, 2  96 x 55 x 55 (15)
2     256 filters 5 x 5, stride 2; maximum 3 x 3, 2 256 x 13 x 13 (3)
3     384 filters 3 x 3                             384 x 13 x 13 (3)
4     384 filters 3 x 3                             384 x 13 x 13 (3)
5     256 filters 3 x 3; mean to 3 x 3              256 x 3 x 3
6     2048 fully connected, dropout                 2048
7     2048 fully connected, dropout                 2048
8     one for each class                            k
===== ============================================ ==================

Each layer but the last is followed by ReLU, each convolution by batch normalisation, where the paper of 2014 normalised
the contrast. Zeiler and Fergus have 4096 units in layers 6 and 7, Bals and Epple (2023) half of that. The mean before
layer 6, in place of a third maximum, lets cut-outs have any size.
"""

from __future__ import annotations

import torch
from torch import nn

from nanosieve_classifiers.alexnet.config import AlexNetConfig

# Of Bals and Epple 2023: half of the 4096 of 2014.
UNITS = 2048
PLACES = 3


class AlexNet(nn.Module):
    """Cut-outs (n, channels, size, size) to logits (n, classes); He initialisation."""

    def __init__(self, channels: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            *_convolution(channels, 96, 7, 2, 1),
            nn.MaxPool2d(3, 2, 1),
            *_convolution(96, 256, 5, 2, 0),
            nn.MaxPool2d(3, 2, 1),
            *_convolution(256, 384, 3, 1, 1),
            *_convolution(384, 384, 3, 1, 1),
            *_convolution(384, 256, 3, 1, 1),
            nn.AdaptiveAvgPool2d(PLACES),
            nn.Flatten(),
        )
        self.connected = nn.Sequential(
            nn.Linear(256 * PLACES**2, UNITS),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(UNITS, UNITS),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
        )
        self.last = nn.Linear(UNITS, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def features(self, planes: torch.Tensor) -> torch.Tensor:
        """The answers of layer 7, shape (n, 2048)."""
        answers: torch.Tensor = self.connected(self.convolutions(planes))
        return answers

    def head(self, features: torch.Tensor) -> torch.Tensor:
        """Logits."""
        logits: torch.Tensor = self.last(features)
        return logits

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Logits of cut-outs."""
        return self.head(self.features(planes))


def _convolution(before: int, after: int, side: int, stride: int, padding: int) -> list[nn.Module]:
    return [
        nn.Conv2d(before, after, side, stride, padding, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    ]


def make_network(config: AlexNetConfig, classes: int) -> AlexNet:
    """A network with random weights."""
    return AlexNet(config.channels, classes, config.dropout)
