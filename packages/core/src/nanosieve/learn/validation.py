"""How good a network is while it is being trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import nn

from nanosieve.learn.samples import GREY, PARTICLE, WEIGHT, Sample
from nanosieve.learn.tiles import predict_tiled
from nanosieve.values import FloatImage

# Fixed before any score is taken.
THRESHOLD = 0.5


def pixel_iou(foreground: FloatImage, sample: Sample) -> float:
    """Intersection over union of the particle pixels; 1 where neither has any."""
    counted = sample.planes[WEIGHT] > 0
    found, truth = (foreground > THRESHOLD) & counted, (sample.planes[PARTICLE] > 0.5) & counted
    union = np.count_nonzero(found | truth)
    return np.count_nonzero(found & truth) / union if union else 1.0


def validate(
    network: nn.Module,
    samples: Sequence[Sample],
    *,
    channels: int,
    tile: int,
    device: torch.device,
    dtype: torch.dtype,
) -> Iterator[tuple[FloatImage, float]]:
    """Foreground and pixel IoU of each image."""
    network.eval()

    @torch.inference_mode()
    def predict(grey: torch.Tensor) -> torch.Tensor:
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            logits = network(grey.to(device))
        return torch.sigmoid(logits.float()).cpu()

    for sample in samples:
        grey = sample.planes[GREY].astype(np.float32)
        foreground = predict_tiled(grey, predict, channels=channels, tile=tile, overlap=64, batch=1)[0]
        yield foreground, pixel_iou(foreground, sample)
