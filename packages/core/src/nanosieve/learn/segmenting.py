"""The task of segmentation networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from nanosieve.learn.augmenting import Augmentation
from nanosieve.learn.config import TrainingConfig
from nanosieve.learn.learning_set import LearningSet
from nanosieve.learn.losses import segmentation_loss
from nanosieve.learn.patches import draw_batches, patches_in
from nanosieve.learn.run_pictures import SHOWN, write_predictions
from nanosieve.learn.samples import GREY
from nanosieve.learn.task import Machine
from nanosieve.learn.validation import validate


class SegmentationTask:
    """Particle probability, with further channels depth and gaps, of patches; see `nanosieve.learn.task.Task`.

    Parameters
    ----------
    channels : 1: particle; 2: and relative depth; 3: and gaps
    folder : of the run, which gets a picture of predictions after each validation
    """

    metric = "iou"

    def __init__(
        self, learning_set: LearningSet, config: TrainingConfig, channels: int, folder: Path
    ) -> None:
        self.set, self.config, self.channels, self.folder = learning_set, config, channels, folder
        self.augment = Augmentation(config.augmentation)
        self.items = config.patches or patches_in(learning_set.train, config.patch)
        self.digest = learning_set.learnt.digest

    def batches(self, steps: int, seed: Sequence[int]) -> Iterator[torch.Tensor]:
        """Patches of labelled and of simulated images."""
        config = self.config
        pools = [(self.set.train, 1 - config.simulated), (self.set.simulated, config.simulated)]
        return draw_batches(
            pools,
            patch=config.patch,
            batch=config.batch,
            steps=steps,
            seed=seed,
            magnification=config.magnification,
            widths=config.widths,
            annotations=config.annotations,
        )

    def loss(self, network: nn.Module, batch: torch.Tensor, machine: Machine) -> torch.Tensor:
        """Weighted cross-entropy, Dice, and the loss of the second head, of augmented patches."""
        planes = self.augment(batch.to(machine.device))
        grey = planes[:, GREY : GREY + 1].contiguous(memory_format=torch.channels_last)
        with machine.autocast():
            logits = network(grey)
        return segmentation_loss(
            logits.float(), planes, dice=self.config.dice, second_head=self.config.second_head
        )

    def validate(
        self, network: nn.Module, epoch: int, machine: Machine, report: Callable[[int, int], None]
    ) -> float:
        """Mean pixel IoU over the validation images; draws the first few."""
        samples = self.set.validation
        answers = validate(
            network,
            samples,
            channels=self.channels,
            tile=max(512, self.config.patch),
            device=machine.device,
            dtype=machine.dtype,
        )
        shown, ious = [], []
        for done, (foreground, iou) in enumerate(answers, 1):
            if done <= SHOWN:
                shown.append(foreground)
            ious.append(iou)
            report(done, len(samples))
        write_predictions(self.folder / "predictions" / f"epoch_{epoch:04d}.png", samples, shown)
        return float(np.mean(ious))
