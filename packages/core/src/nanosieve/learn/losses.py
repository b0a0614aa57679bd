"""How wrong an answer is."""

from __future__ import annotations

import torch
from torch.nn import functional

from nanosieve.learn.samples import DEPTH, PARTICLE, WEIGHT

# Keeps the Dice loss of a patch without particles defined.
SMOOTH = 1.0


def segmentation_loss(
    logits: torch.Tensor, planes: torch.Tensor, *, dice: float, second_head: float
) -> torch.Tensor:
    """Loss of a batch.

    Parameters
    ----------
    logits : (n, 1 or 2, h, w): particle, and the relative depth where the network has a second head
    planes : (n, 4, h, w), see `nanosieve.learn.samples.Sample`
    dice : share of the Dice loss; the rest is the cross-entropy weighted by the weight map
    second_head : weight of the cross-entropy of the relative depth
    """
    particle, weight = planes[:, PARTICLE], planes[:, WEIGHT]
    loss = (1 - dice) * _weighted_cross_entropy(logits[:, 0], particle, weight)
    if dice > 0:
        # pixels that do not count in the cross-entropy do not count here either
        loss = loss + dice * _dice(logits[:, 0], particle, (weight > 0).float())
    if logits.shape[1] > 1:
        counted = (weight > 0).float()
        loss = loss + second_head * _weighted_cross_entropy(logits[:, 1], planes[:, DEPTH], counted)
    return loss


def _weighted_cross_entropy(logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    each = functional.binary_cross_entropy_with_logits(logits, target, weight=weight, reduction="sum")
    return each / weight.sum().clamp(min=1)


def _dice(logits: torch.Tensor, target: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    found, target = torch.sigmoid(logits) * counted, target * counted
    overlap = (found * target).sum(dim=(1, 2))
    whole = found.sum(dim=(1, 2)) + target.sum(dim=(1, 2))
    return (1 - (2 * overlap + SMOOTH) / (whole + SMOOTH)).mean()
