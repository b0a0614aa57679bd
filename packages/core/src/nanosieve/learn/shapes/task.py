"""The task of classification networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from nanosieve.learn.shapes.augmenting import ShapeAugmentation
from nanosieve.learn.shapes.config import ShapeTrainingConfig
from nanosieve.learn.shapes.cutouts import CutOuts
from nanosieve.learn.shapes.shape_set import ShapeSet
from nanosieve.learn.task import Machine

Batch = tuple[torch.Tensor, torch.Tensor]
"""Cut-outs, uint8 of shape (n, channels, size, size), and their classes, int64 of shape (n,)."""

AT_ONCE = 256


class ShapeTask:
    """Shape classes of cut-outs; see `nanosieve.learn.task.Task`."""

    metric = "balanced_accuracy"

    def __init__(self, shape_set: ShapeSet, config: ShapeTrainingConfig) -> None:
        self.set, self.config = shape_set, config
        self.augment = ShapeAugmentation(config.augmentation)
        self.digest = shape_set.learnt.digest
        self.pools = [
            (shapes.cut_outs, shape_set.numbers(shapes), share)
            for shapes, share in (
                (shape_set.train, 1 - config.simulated),
                (shape_set.simulated, config.simulated),
            )
            if len(shapes.classes) and share > 0
        ]
        self.items = config.items or sum(len(numbers) for _, numbers, _ in self.pools)
        self.weights = self._class_weights()

    def batches(self, steps: int, seed: Sequence[int]) -> Iterator[Batch]:
        """Cut-outs of labelled and of simulated images, drawn anew."""
        generator = np.random.default_rng(seed)
        shares = np.array([share for _, _, share in self.pools])
        for _ in range(steps):
            counts = generator.multinomial(self.config.batch, shares / shares.sum())
            chosen: list[CutOuts] = []
            numbers: list[NDArray[np.int64]] = []
            for (cut_outs, classes, _), count in zip(self.pools, counts, strict=True):
                indices = generator.integers(len(classes), size=count)
                chosen.append(cut_outs[indices])
                numbers.append(classes[indices])
            yield torch.from_numpy(np.concatenate(chosen)), torch.from_numpy(np.concatenate(numbers))

    def loss(self, network: nn.Module, batch: Batch, machine: Machine) -> torch.Tensor:
        """Cross-entropy with class weights, of augmented cut-outs."""
        cut_outs, classes = (part.to(machine.device) for part in batch)
        planes = self.augment(cut_outs.float() / 255).contiguous(memory_format=torch.channels_last)
        with machine.autocast():
            logits = network(planes)
        weights = None if self.weights is None else self.weights.to(machine.device)
        return functional.cross_entropy(logits.float(), classes, weight=weights)

    def validate(
        self, network: nn.Module, epoch: int, machine: Machine, report: Callable[[int, int], None]
    ) -> float:
        """Mean over the classes of the share that is right."""
        shapes = self.set.validation
        truth = self.set.numbers(shapes)
        network.eval()
        found: list[NDArray[np.int64]] = []
        for start in range(0, len(truth), AT_ONCE):
            found.append(_answers(network, shapes.cut_outs[start : start + AT_ONCE], machine))
            report(min(start + AT_ONCE, len(truth)), len(truth))
        right = np.concatenate(found) == truth
        return float(np.mean([right[truth == number].mean() for number in np.unique(truth)]))

    def _class_weights(self) -> torch.Tensor | None:
        """Over the chance of each class to be drawn, mean 1 over the cut-outs."""
        if not self.config.class_weights:
            return None
        chances = np.zeros(len(self.set.classes))
        for _, numbers, share in self.pools:
            chances += share * np.bincount(numbers, minlength=len(chances)) / len(numbers)
        return torch.tensor(1 / (chances * len(chances) / chances.sum()), dtype=torch.float32)


@torch.inference_mode()
def _answers(network: nn.Module, cut_outs: CutOuts, machine: Machine) -> NDArray[np.int64]:
    planes = torch.from_numpy(cut_outs).to(machine.device).float() / 255
    with machine.autocast():
        logits = network(planes.contiguous(memory_format=torch.channels_last))
    return np.asarray(logits.float().argmax(dim=1).cpu().numpy(), np.int64)
