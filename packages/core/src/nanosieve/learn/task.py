"""What a network is trained for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn


@dataclass(frozen=True)
class Machine:
    """Where and in which precision a network computes."""

    device: torch.device
    dtype: torch.dtype

    def autocast(self) -> torch.autocast:
        """Convolutions within are in the number format of the machine."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)


class Task(Protocol):
    """Draws batches, judges answers.

    Attributes
    ----------
    metric : name of the score of `validate`, a column of ``history.csv``
    items : how many patches or cut-outs make an epoch
    digest : of all data; a run can go on only with the same
    """

    metric: str
    items: int
    digest: str

    def batches(self, steps: int, seed: Sequence[int]) -> Iterator[Any]:
        """One batch a step; the same seed gives the same batches."""

    def loss(self, network: nn.Module, batch: Any, machine: Machine) -> torch.Tensor:
        """Mean loss of a batch, a scalar in float32."""

    def validate(
        self, network: nn.Module, epoch: int, machine: Machine, report: Callable[[int, int], None]
    ) -> float:
        """How good the network is, the more the better."""
