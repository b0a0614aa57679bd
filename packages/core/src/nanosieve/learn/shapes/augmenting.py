"""Random changes of cut-outs, by kornia."""

from __future__ import annotations

import torch
from kornia import augmentation as kornia
from torch import nn

from nanosieve.learn.shapes.config import ShapeAugmentationConfig


class ShapeAugmentation(nn.Module):
    """Moves all planes of a batch together, then changes the grey values."""

    def __init__(self, config: ShapeAugmentationConfig) -> None:
        super().__init__()
        self.noise = config.noise
        moves: list[nn.Module] = []
        if config.flip:
            moves += [kornia.RandomHorizontalFlip(p=0.5), kornia.RandomVerticalFlip(p=0.5)]
        if config.rotation or config.zoom or config.shift:
            # only made smaller: what is made larger loses its corners
            moves.append(
                kornia.RandomAffine(
                    degrees=config.rotation,
                    scale=(1 - config.zoom, 1),
                    translate=(config.shift, config.shift) if config.shift else None,
                    p=0.9,
                )
            )
        changes: list[nn.Module] = []
        if config.contrast:
            changes.append(kornia.RandomContrast((1 - config.contrast, 1 + config.contrast), p=0.5))
        if config.brightness:
            changes.append(kornia.RandomBrightness((1 - config.brightness, 1 + config.brightness), p=0.5))
        self.moves, self.changes = nn.Sequential(*moves), nn.Sequential(*changes)

    @torch.no_grad()
    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Change a batch of shape (n, 1 or 2, h, w), float32 in [0, 1]."""
        planes = self.moves(planes)
        grey = self.changes(planes[:, :1])
        if self.noise > 0:
            strength = self.noise * torch.rand(len(grey), 1, 1, 1, device=grey.device)
            grey = grey + strength * torch.randn_like(grey)
        return torch.cat([grey.clamp(0, 1), planes[:, 1:]], dim=1)
