"""The state of training on disk: tensors in safetensors, the rest as JSON in its header."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from nanosieve.errors import TrainingError
from nanosieve.writing import write_whole

LAST, BEST = "checkpoint.safetensors", "best.safetensors"


@dataclass
class State:
    """How far training has come.

    Attributes
    ----------
    epoch : epochs done
    seconds : time spent
    best_score : of the best validation so far
    stale : validations since then
    history : one row an epoch, see `nanosieve.learn.training`
    settings : what the run was started with; another run cannot go on from here
    """

    settings: str
    epoch: int = 0
    seconds: float = 0.0
    best_score: float = -1.0
    stale: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


def save_checkpoint(
    path: Path, state: State, network: nn.Module, average: nn.Module | None, optimizer: torch.optim.Optimizer
) -> None:
    """Write everything that training needs to go on as if it had not stopped."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    if average is not None:
        tensors |= {f"average.{name}": value for name, value in average.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in values.items()}
    save_tensors(path, tensors, {"state": json.dumps(asdict(state))})


def load_checkpoint(
    path: Path, settings: str, network: nn.Module, average: nn.Module | None, optimizer: torch.optim.Optimizer
) -> State:
    """Bring network, average and optimizer back to where a checkpoint was written.

    Raises
    ------
    TrainingError
        If the file is damaged or of a run with other settings.
    """
    tensors, header = load_tensors(path)
    state = State(**json.loads(header["state"]))
    if state.settings != settings:
        raise TrainingError(
            f"{str(path)!r} was made with other settings or data; give the same file, or another --out"
        )
    parts: dict[str, dict[str, torch.Tensor]] = {"network": {}, "average": {}, "optimizer": {}}
    for name, value in tensors.items():
        part, _, rest = name.partition(".")
        parts[part][rest] = value
    network.load_state_dict(parts["network"])
    if average is not None:
        average.load_state_dict(parts["average"])
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in parts["optimizer"].items():
        index, _, moment = name.partition(".")
        moments.setdefault(int(index), {})[moment] = value
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    return state


def save_tensors(path: Path, tensors: dict[str, torch.Tensor], header: dict[str, str] | None = None) -> None:
    """Write tensors whole."""
    ready = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_whole(path, lambda target: save_file(ready, target, header))


def load_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors and header of a file, on the processor.

    Raises
    ------
    TrainingError
        If it is missing or damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{str(path)!r} cannot be read: {error}") from error
