"""A segmenter around a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from nanosieve.errors import ModelError
from nanosieve.learn.bundles import load_weights
from nanosieve.learn.device import pick_device, pick_precision
from nanosieve.learn.folding import fold_batch_norms
from nanosieve.learn.instances import find_instances
from nanosieve.learn.network_config import NetworkConfig
from nanosieve.learn.normalising import normalise
from nanosieve.learn.tiles import predict_tiled
from nanosieve.specs import Context
from nanosieve.values import FloatImage, Micrograph, Segmentation


class NetworkSegmenter:
    """Finds particles by a network of particle probability and, with a second head, relative depth.

    Parameters
    ----------
    network : (n, 1, h, w) grey in [0, 1] -> logits (n, config.channels, h, w)
    """

    def __init__(self, network: nn.Module, config: NetworkConfig, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.dtype = pick_precision(config.precision, device)
        fold_batch_norms(network.eval())
        # torch has memory_format, its annotations do not
        self.network = network.to(device, self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """Label the particles of one micrograph."""
        config = self.config
        planes = self.predict(micrograph)
        foreground, *heads = planes
        depth, gap = [*heads, None, None][:2]
        if micrograph.valid is not None:
            # nobody knows what is under an annotation
            foreground[~micrograph.valid] = 0
        labels = find_instances(
            foreground,
            depth,
            gap,
            threshold=config.threshold,
            prominence=config.prominence,
            neck_prominence=config.neck_prominence,
            least_depth=config.least_depth,
            least_px=config.least_px,
        )
        return Segmentation(labels=labels, foreground=foreground)

    def predict(self, micrograph: Micrograph) -> list[FloatImage]:
        """What the network says of each pixel: probability of particle; with a second head relative depth, and gaps."""
        config = self.config
        return predict_tiled(
            normalise(micrograph),
            self._predict,
            channels=config.channels,
            tile=config.tile,
            overlap=config.overlap,
            batch=config.batch,
        )

    @torch.inference_mode()
    def _predict(self, grey: torch.Tensor) -> torch.Tensor:
        grey = grey.to(self.device, dtype=self.dtype).contiguous(memory_format=torch.channels_last)
        return torch.sigmoid(self.network(grey).float()).cpu()


def build_segmenter(make_network: Callable[[Any], nn.Module], context: Context) -> NetworkSegmenter:
    """A segmenter with the weights of a bundle.

    Parameters
    ----------
    make_network : options of the plugin -> network

    Raises
    ------
    ModelError
        If there are no weights, or they are those of another network.
    """
    assert isinstance(context.config, NetworkConfig)
    if context.weights is None:
        raise ModelError(
            "this segmenter needs a trained model: give the folder of a bundle instead of its name, "
            "or make one with 'nanosieve train segmenter'"
        )
    network = make_network(context.config)
    load_weights(network, context.weights)
    return NetworkSegmenter(network, context.config, pick_device(context.device))
