"""How wrong an answer is."""

from __future__ import annotations

import torch
from torch.nn import functional

from nanosieve.learn.samples import DEPTH, GAP, PARTICLE, WEIGHT

# Keeps the Dice loss of a patch without particles defined.
SMOOTH = 1.0
# How much more a pixel of a gap counts than another: gaps are few.
GAP_WEIGHT = 4.0


def segmentation_loss(
    logits: torch.Tensor, planes: torch.Tensor, *, dice: float, second_head: float
) -> torch.Tensor:
    """Loss of a batch.

    Parameters
    ----------
    logits : (n, 1 to 3, h, w): particle, and the relative depth and the gaps where the network has a second head
    planes : (n, 4 or 5, h, w), see `nanosieve.learn.patches.draw_batches`; the fifth only where gaps are learnt
    dice : share of the Dice loss; the rest is the cross-entropy weighted by the weight map
    second_head : weight of the cross-entropy of the relative depth, and of cross-entropy and Dice, half each, of gaps
    """
    particle, weight = planes[:, PARTICLE], planes[:, WEIGHT]
    loss = (1 - dice) * _weighted_cross_entropy(logits[:, 0], particle, weight)
    if dice > 0:
        # pixels that do not count in the cross-entropy do not count here either
        loss = loss + dice * _dice(logits[:, 0], particle, (weight > 0).float())
    counted = (weight > 0).float()
    if logits.shape[1] > 1:
        loss = loss + second_head * _weighted_cross_entropy(logits[:, 1], planes[:, DEPTH], counted)
    if logits.shape[1] > 2:
        gap = planes[:, GAP]
        entropy = _weighted_cross_entropy(logits[:, 2], gap, counted * (1 + (GAP_WEIGHT - 1) * gap))
        loss = loss + second_head * 0.5 * (entropy + _dice(logits[:, 2], gap, counted))
    return loss


def _weighted_cross_entropy(logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    each = functional.binary_cross_entropy_with_logits(logits, target, weight=weight, reduction="sum")
    return each / weight.sum().clamp(min=1)


def _dice(logits: torch.Tensor, target: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    found, target = torch.sigmoid(logits) * counted, target * counted
    overlap = (found * target).sum(dim=(1, 2))
    whole = found.sum(dim=(1, 2)) + target.sum(dim=(1, 2))
    return (1 - (2 * overlap + SMOOTH) / (whole + SMOOTH)).mean()
