"""U-Net (O. Ronneberger, P. Fischer, T. Brox, MICCAI 2015) with padded, normalised convolutions."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from nanosieve_segmenters.unet.config import UnetConfig

STAGES = 5


class Unet(nn.Module):
    """Five stages: two convolutions of 3 x 3 each, halved by maximum, doubled by a transposed convolution.

    Convolutions are padded, so that input and answer have one size, and normalised by batch.
    """

    def __init__(self, filters: int, classes: int) -> None:
        super().__init__()
        widths = [filters * 2**stage for stage in range(STAGES)]
        self.down = nn.ModuleList(
            _twice(inner, outer) for inner, outer in zip([1, *widths[:-1]], widths, strict=True)
        )
        self.halving = nn.MaxPool2d(2)
        deepest_first = widths[::-1]
        self.doublings = nn.ModuleList(
            nn.ConvTranspose2d(deep, shallow, 2, stride=2) for deep, shallow in pairwise(deepest_first)
        )
        self.up = nn.ModuleList(_twice(2 * shallow, shallow) for shallow in deepest_first[1:])
        self.head = nn.Conv2d(filters, classes, 1)

    def forward(self, grey: torch.Tensor) -> torch.Tensor:
        """(n, 1, h, w) -> logits (n, classes, h, w); h and w are multiples of 16."""
        kept = []
        features = grey
        for stage, convolve in enumerate(self.down):
            features = convolve(self.halving(features) if stage else features)
            kept.append(features)
        for double, convolve, skipped in zip(self.doublings, self.up, reversed(kept[:-1]), strict=True):
            features = convolve(torch.cat([skipped, double(features)], dim=1))
        return self.head(features)


def make_network(config: UnetConfig) -> nn.Module:
    """A network with random weights."""
    return Unet(config.filters, config.channels)


def _twice(inner: int, outer: int) -> nn.Sequential:
    return nn.Sequential(*_normalised(inner, outer), *_normalised(outer, outer))


def _normalised(inner: int, outer: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inner, outer, 3, padding=1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(inplace=True)
