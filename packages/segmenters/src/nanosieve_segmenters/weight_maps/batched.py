"""The weight maps `distance` and `intensity` for a batch of patches at once, on the device on which they lie."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from nanosieve_segmenters.weight_maps.distance import NEGLIGIBLE
from nanosieve_segmenters.weight_maps.distance_config import DistanceConfig
from nanosieve_segmenters.weight_maps.intensity_config import IntensityConfig

# Squared distance to a particle that is not there.
NOWHERE = 1e9


class Nearest(NamedTuple):
    """Squared distances and labels of the nearest and the second nearest different particle, each (n, h, w)."""

    near: torch.Tensor
    near_label: torch.Tensor
    far: torch.Tensor
    far_label: torch.Tensor


def distance_weights(labels: torch.Tensor, config: DistanceConfig) -> torch.Tensor:
    """Weights of shape (n, h, w), float32.

    Parameters
    ----------
    labels : (n, h, w), integers, 0 background; numbers need to differ within an image only

    Notes
    -----
    Exact like `distance`, and as there in two passes: along columns each pixel learns its two nearest particles, along
    rows those of its neighbours. Memory is about 16 times that of the labels, whatever the number of particles.
    """
    weights = torch.ones(labels.shape, dtype=torch.float32, device=labels.device)
    if config.w0 <= NEGLIGIBLE:
        return weights
    reach = math.ceil(config.sigma * math.sqrt(2 * math.log(config.w0 / NEGLIGIBLE)))
    found = _along_rows(_along_columns(labels.int(), reach), reach)
    total = found.near.sqrt() + found.far.sqrt()
    gap = (labels == 0) & (found.far_label > 0)
    return torch.where(gap, 1 + config.w0 * torch.exp(-(total**2) / (2 * config.sigma**2)), weights)


def intensity_weights(labels: torch.Tensor, pixels: torch.Tensor, config: IntensityConfig) -> torch.Tensor:
    """Weights of shape (n, h, w), float32; see `distance_weights`.

    Parameters
    ----------
    pixels : (n, h, w), grey values; darkest and brightest are those of each image of the batch
    """
    weights = distance_weights(labels, config)
    darkest, brightest = pixels.amin((1, 2), keepdim=True), pixels.amax((1, 2), keepdim=True)
    span = brightest - darkest
    share = torch.where(span > 0, (pixels - darkest) / span.clamp(min=torch.finfo(pixels.dtype).tiny), 0)
    return torch.where(labels > 0, weights, weights + config.gamma * share)


def _along_columns(labels: torch.Tensor, reach: int) -> Nearest:
    found = _nowhere(labels)
    for step in range(min(reach, labels.shape[1] - 1) + 1):
        for moved in _moved(labels, step, 1):
            distance = torch.where(moved > 0, float(step * step), NOWHERE)
            found = _merged(found, distance, moved)
    return found


def _along_rows(columns: Nearest, reach: int) -> Nearest:
    found = _nowhere(columns.near_label)
    for step in range(min(reach, columns.near.shape[2] - 1) + 1):
        for distance, label in ((columns.near, columns.near_label), (columns.far, columns.far_label)):
            both = zip(_moved(distance, step, 2, NOWHERE), _moved(label, step, 2), strict=True)
            for moved, moved_label in both:
                found = _merged(found, moved + step * step, moved_label)
    return found


def _nowhere(labels: torch.Tensor) -> Nearest:
    distance = torch.full(labels.shape, NOWHERE, device=labels.device)
    nobody = torch.zeros_like(labels)
    return Nearest(distance, nobody, distance, nobody)


def _moved(plane: torch.Tensor, step: int, axis: int, outside: float = 0) -> list[torch.Tensor]:
    """The plane moved by a step to both sides along an axis."""
    if step == 0:
        return [plane]
    edge_shape = list(plane.shape)
    edge_shape[axis] = step
    edge = torch.full(edge_shape, outside, dtype=plane.dtype, device=plane.device)
    length = plane.shape[axis] - step
    return [
        torch.cat([edge, plane.narrow(axis, 0, length)], axis),
        torch.cat([plane.narrow(axis, step, length), edge], axis),
    ]


def _merged(found: Nearest, distance: torch.Tensor, label: torch.Tensor) -> Nearest:
    """The two smallest distances of different labels among what was found and one more."""
    valid = (label > 0) & (distance < NOWHERE)
    same = label == found.near_label
    nearer = valid & (distance < found.near)
    pushed = nearer & ~same
    second = valid & ~same & ~nearer & (distance < found.far)
    return Nearest(
        torch.where(nearer, distance, found.near),
        torch.where(nearer, label, found.near_label),
        torch.where(pushed, found.near, torch.where(second, distance, found.far)),
        torch.where(pushed, found.near_label, torch.where(second, label, found.far_label)),
    )
