"""Random changes of patches, by kornia."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from kornia import augmentation as kornia
from kornia.augmentation import GeometricAugmentationBase2D
from torch import nn

from nanosieve.errors import UsageError
from nanosieve.learn.config import AugmentationConfig
from nanosieve.learn.samples import GREY

# Streaks of charging: share of the rows that have one, and its length over the side of the patch.
STREAK_SHARE = 0.15
STREAK_LENGTH = 0.3


class Augmentation(nn.Module):
    """Moves all planes of a batch together, then changes the grey values."""

    def __init__(self, config: AugmentationConfig) -> None:
        super().__init__()
        further = [_named(options) for options in config.further]
        moves = [each for each in further if isinstance(each, GeometricAugmentationBase2D)]
        changes = [each for each in further if not isinstance(each, GeometricAugmentationBase2D)]
        self.moves = nn.Sequential(*_moves(config), *moves)
        self.changes = nn.Sequential(*_changes(config), *changes)
        self.charging = config.charging
        self.noise = config.noise

    @torch.no_grad()
    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Change a batch of shape (n, planes, h, w), float32."""
        planes = self.moves(planes)
        grey = self.changes(planes[:, GREY : GREY + 1])
        if self.charging > 0:
            grey = _charge(grey, self.charging)
        if self.noise > 0:
            strength = self.noise * torch.rand(len(grey), 1, 1, 1, device=grey.device)
            grey = grey + strength * torch.randn_like(grey)
        return torch.cat([grey.clamp(0, 1), planes[:, GREY + 1 :]], dim=1)


def _moves(config: AugmentationConfig) -> list[nn.Module]:
    moves: list[nn.Module] = []
    if config.flip:
        moves += [kornia.RandomHorizontalFlip(p=0.5), kornia.RandomVerticalFlip(p=0.5)]
    if config.rotation or config.shear or config.zoom:
        degrees = math.degrees(math.atan(config.shear))
        moves.append(
            kornia.RandomAffine(
                degrees=config.rotation,
                scale=(1 - config.zoom, 1 + config.zoom),
                shear=(-degrees, degrees, -degrees, degrees),
                padding_mode="reflection",
                p=config.moved,
            )
        )
    return moves


def _changes(config: AugmentationConfig) -> list[nn.Module]:
    changes: list[nn.Module] = []
    if config.inversion:
        changes.append(kornia.RandomInvert(p=config.inversion))
    if config.gamma:
        changes.append(kornia.RandomGamma((1 - config.gamma, 1 + config.gamma), p=0.5))
    if config.contrast:
        changes.append(kornia.RandomContrast((1 - config.contrast, 1 + config.contrast), p=0.5))
    if config.brightness:
        changes.append(kornia.RandomBrightness((1 - config.brightness, 1 + config.brightness), p=0.5))
    if config.blur:
        side = 2 * math.ceil(3 * config.blur) + 1
        changes.append(kornia.RandomGaussianBlur((side, side), (0.1, config.blur), p=0.3))
    return changes


def _named(options: Mapping[str, Any]) -> nn.Module:
    """A class of kornia.augmentation with its arguments."""
    arguments = dict(options)
    name = arguments.pop("name", None)
    found = getattr(kornia, str(name), None)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise UsageError(f"augmentation.further: kornia.augmentation has no class {name!r}")
    try:
        return found(**arguments)
    except (TypeError, ValueError) as error:
        raise UsageError(f"augmentation.further: {name} refuses {arguments}: {error}") from error


def _charge(grey: torch.Tensor, strength: float) -> torch.Tensor:
    """Bright and dark streaks along the rows, which begin anywhere and fade to the right."""
    count, _, height, width = grey.shape
    rows = (count, 1, height, 1)
    lit = torch.rand(rows, device=grey.device) < STREAK_SHARE
    height_of = strength * (2 * torch.rand(rows, device=grey.device) - 1) * lit
    behind = torch.arange(width, device=grey.device) - width * torch.rand(rows, device=grey.device)
    fading = torch.where(behind >= 0, torch.exp(-behind.clamp(min=0) / (STREAK_LENGTH * width)), 0)
    charged = torch.rand(count, 1, 1, 1, device=grey.device) < 0.5
    return grey + height_of * fading * charged
