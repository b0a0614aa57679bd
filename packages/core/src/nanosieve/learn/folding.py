"""Batch normalisation worked into the convolution before it: the same answer with less to compute."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norms(network: nn.Module) -> None:
    """Fold, in place, wherever a convolution is registered directly before a batch normalisation.

    Parameters
    ----------
    network : in evaluation mode. That modules are called in the order in which they are registered is checked on
        neither side: networks for which it does not hold must not be folded.

    Notes
    -----
    timm's `BatchNormAct2d` carries an activation, which stays behind.
    """
    for parent in network.modules():
        for (name, convolution), (next_name, norm) in pairwise(list(parent.named_children())):
            if not isinstance(convolution, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d):
                continue
            setattr(parent, name, _fused(convolution, norm))
            setattr(parent, next_name, _rest(norm))


def _fused(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    with torch.no_grad():
        return fuse_conv_bn_eval(convolution, norm)


def _rest(norm: nn.BatchNorm2d) -> nn.Module:
    activation = getattr(norm, "act", None)
    return activation if isinstance(activation, nn.Module) else nn.Identity()
