"""A classifier around a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import nn

from nanosieve.errors import ModelError
from nanosieve.learn.bundles import CALIBRATION, load_weights
from nanosieve.learn.checkpoints import load_tensors
from nanosieve.learn.device import pick_device, pick_precision
from nanosieve.learn.folding import fold_batch_norms
from nanosieve.learn.shapes.calibration import Familiarity, Scaling, never_seen
from nanosieve.learn.shapes.config import ShapeNetworkConfig
from nanosieve.learn.shapes.cutouts import CutOuts, cut_outs
from nanosieve.particles import Particles
from nanosieve.quality import UNKNOWN
from nanosieve.specs import Context
from nanosieve.values import FloatImage

TEMPERATURE, LIMIT, BIAS = "temperature", "limit", "bias_"
# In which ways cut-outs are shown, the first so many of these: quarter turns, and whether mirrored.
VIEWS = ((0, False), (2, False), (1, False), (3, False), (0, True), (2, True), (1, True), (3, True))


class ShapeNetwork(Protocol):
    """A network in two parts: (n, channels, size, size) -> features (n, d) -> logits (n, k); calling it does both."""

    def features(self, planes: torch.Tensor) -> torch.Tensor: ...
    def head(self, features: torch.Tensor) -> torch.Tensor: ...


class NetworkClassifier:
    """Tells shapes apart by a network, with calibrated confidences.

    The last class is ``"unknown"``: its probability is that of a shape that was never seen, or that was learnt as none
    of the classes.

    Parameters
    ----------
    classes : in the order of the network's logits; ``"unknown"`` may be among them
    calibration : ``temperature``, ``bias_CLASS`` for each class, and ``limit`` of the familiarity score; without them
        logits are taken as they are
    """

    def __init__(
        self,
        network: nn.Module,
        config: ShapeNetworkConfig,
        classes: Sequence[str],
        device: torch.device,
        calibration: Mapping[str, float],
        familiarity: Familiarity | None,
    ) -> None:
        self.config, self.device = config, device
        self.dtype = pick_precision(config.precision, device)
        fold_batch_norms(network.eval())
        # torch has memory_format, its annotations do not
        self.network = network.to(device, self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.known = [number for number, name in enumerate(classes) if name != UNKNOWN]
        self.classes = (*(classes[number] for number in self.known), UNKNOWN)
        self.calibration, self.familiarity = calibration, familiarity
        biases = np.array([calibration.get(f"{BIAS}{name}", 0.0) for name in classes])
        self.scaling = Scaling(calibration.get(TEMPERATURE, 1.0), biases)

    def classify(self, particles: Particles) -> FloatImage:
        """Probabilities of shape (n, k), float32."""
        answers = [self._probabilities(batch) for batch in cut_outs(particles, **self.config.shown)]
        return np.concatenate([np.zeros((0, len(self.classes)), np.float32), *answers])

    def _probabilities(self, batch: CutOuts) -> FloatImage:
        logits, features = answers_of(self.network, batch, self.device, self.dtype, self.config.views)
        strange = np.zeros(len(logits))
        if self.familiarity is not None:
            score = self.familiarity.score(features.float()).double().numpy()
            strange = never_seen(score, self.calibration[LIMIT])
        return self.scaling.confidences(logits.double().numpy(), self.known, strange).astype(np.float32)


@torch.inference_mode()
def answers_of(
    network: nn.Module, batch: CutOuts, device: torch.device, dtype: torch.dtype, views: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and features of cut-outs, the means of so many `VIEWS`, float32 on the processor."""
    parts = cast(ShapeNetwork, network)
    planes = torch.from_numpy(batch).to(device, dtype) / 255
    shown = [_turned(planes, *view).contiguous(memory_format=torch.channels_last) for view in VIEWS[:views]]
    features = [parts.features(each) for each in shown]
    logits = [parts.head(each) for each in features]
    return torch.stack(logits).float().mean(0).cpu(), torch.stack(features).float().mean(0).cpu()


def _turned(planes: torch.Tensor, quarters: int, mirrored: bool) -> torch.Tensor:
    turned = planes.rot90(quarters, (2, 3))
    return turned.flip(3) if mirrored else turned


def build_classifier(make_network: Callable[[Any, int], nn.Module], context: Context) -> NetworkClassifier:
    """A classifier with the weights of a bundle.

    Parameters
    ----------
    make_network : options of the plugin, number of classes -> network, see `ShapeNetwork`

    Raises
    ------
    ModelError
        If there are no weights, or they are those of another network.
    """
    config = context.config
    assert isinstance(config, ShapeNetworkConfig)
    if context.weights is None:
        raise ModelError(
            "this classifier needs a trained model: give the folder of a bundle instead of its name, "
            "or make one with 'nanosieve train classifier'"
        )
    network = make_network(config, len(context.classes))
    load_weights(network, context.weights)
    tensors, _ = load_tensors(context.weights)
    own = {
        name.removeprefix(CALIBRATION): value
        for name, value in tensors.items()
        if name.startswith(CALIBRATION)
    }
    familiarity = Familiarity.from_tensors(own) if own else None
    return NetworkClassifier(
        network, config, context.classes, pick_device(context.device), context.calibration, familiarity
    )
