"""The training loop: what it learns is a task of its own."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nanosieve.errors import TrainingError
from nanosieve.fitting import FitJob, FitProgress
from nanosieve.learn.checkpoints import (
    BEST,
    LAST,
    State,
    load_checkpoint,
    load_tensors,
    save_checkpoint,
    save_tensors,
)
from nanosieve.learn.device import pick_device, pick_precision
from nanosieve.learn.distributed import Team, team
from nanosieve.learn.loop_config import LoopConfig
from nanosieve.learn.run_pictures import write_history
from nanosieve.learn.schedule import learning_rate
from nanosieve.learn.task import Machine, Task
from nanosieve.writing import make_folder


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What training came to.

    Attributes
    ----------
    weights : the best ones, by name, float32
    """

    weights: dict[str, torch.Tensor]
    state: State


def train(network: nn.Module, task: Task, job: FitJob) -> Trained | None:
    """Train a network and return its best weights; None in processes that only helped.

    Parameters
    ----------
    network : whose weights are changed

    Raises
    ------
    DataError
        If labelled images cannot be used.
    TrainingError
        If the loss is no number any more, or a checkpoint does not fit.
    """
    config = job.training
    assert isinstance(config, LoopConfig)
    with team(pick_device(job.device)) as group:
        return _Run(network, task, job, config, group).go()


class _Run:
    """One run of training: what stays the same in it, and its state."""

    def __init__(self, network: nn.Module, task: Task, job: FitJob, config: LoopConfig, group: Team) -> None:
        self.job, self.config, self.team, self.task = job, config, group, task
        make_folder(job.folder)
        self.machine = Machine(group.device, pick_precision(config.precision, group.device))
        # torch has memory_format, its annotations do not
        self.network = network.to(group.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.wrapped = group.wrap(self.network)
        self.average = (
            AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(config.average), use_buffers=True)
            if config.average
            else None
        )
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.optimizer]
        self.optimizer = kind(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.steps = max(1, round(task.items / (config.batch * group.size)))
        settings = json.dumps(
            [config.model_dump(mode="json"), job.config.model_dump(mode="json"), task.digest]
        )
        self.state = State(settings=settings)
        self.last_epoch_seconds = 0.0

    def go(self) -> Trained | None:
        last = self.job.folder / LAST
        if self.job.resume and last.exists():
            self.state = load_checkpoint(
                last, self.state.settings, self.network, self.average, self.optimizer
            )
        while not self._finished():
            started = time.monotonic()
            row = {"epoch": float(self.state.epoch + 1), "loss": self._epoch()}
            self.state.epoch += 1
            due = self.state.epoch % self.config.validate_every == 0 or self.state.epoch == self.config.epochs
            out_of_time = self._out_of_time(time.monotonic() - started)
            if due or out_of_time:
                row[self.task.metric] = self._validate()
            self.last_epoch_seconds = self.team.tell(time.monotonic() - started)
            self.state.seconds += self.last_epoch_seconds
            self.state.history.append(row | {"seconds": round(self.state.seconds, 1)})
            if self.team.leads:
                save_checkpoint(last, self.state, self.network, self.average, self.optimizer)
                write_history(self.job.folder, self.state.history, self.task.metric)
                self._report_epoch(row)
        if not self.team.leads:
            return None
        weights, _ = load_tensors(self.job.folder / BEST)
        return Trained(weights=weights, state=self.state)

    def _finished(self) -> bool:
        config, state = self.config, self.state
        stale = config.patience is not None and state.stale >= config.patience
        return state.epoch >= config.epochs or stale or (state.epoch > 0 and self._out_of_time(0))

    def _out_of_time(self, more: float) -> bool:
        if self.config.minutes is None:
            return False
        return self.team.tell(self.state.seconds + more) >= 60 * self.config.minutes

    def _progress(self, step: int) -> float:
        """Share of the training that is done, 0 to 1."""
        share = (self.state.epoch + step / self.steps) / self.config.epochs
        if self.config.minutes is not None:
            # measured at the end of epochs only, so that all processes agree
            seconds = self.state.seconds + self.last_epoch_seconds * step / self.steps
            share = max(share, seconds / (60 * self.config.minutes))
        return min(1.0, share)

    def _epoch(self) -> float:
        """Train for an epoch; the mean loss."""
        config, epoch = self.config, self.state.epoch
        # every epoch has seeds of its own: a run that goes on draws what it would have drawn
        torch.manual_seed(config.seed * 100_003 + epoch * 1009 + self.team.rank)
        self.wrapped.train()
        batches = self.task.batches(self.steps, [config.seed, epoch, self.team.rank])
        total, started = 0.0, time.monotonic()
        for step, batch in enumerate(batches):
            total += self._step(batch, step)
            self._report(step + 1, total / (step + 1), time.monotonic() - started)
        return total / self.steps

    def _step(self, batch: Any, step: int) -> float:
        config = self.config
        rate = learning_rate(self._progress(step), config)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = rate
        loss = self.task.loss(self.wrapped, batch, self.machine)
        value = float(loss.item())
        if not math.isfinite(value):
            raise TrainingError(
                f"the loss became {value} in epoch {self.state.epoch + 1}, step {step + 1}; the checkpoint of epoch "
                f"{self.state.epoch} is kept. Try a lower learning_rate (now {config.learning_rate:g}), clip = 1.0, or "
                'precision = "float32"'
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if config.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        return value

    def _report(self, step: int, loss: float, seconds: float) -> None:
        if not self.team.leads:
            return
        share = self._progress(step)
        begun = self._progress(0)
        left = seconds / (share - begun) * (1 - share) if share > begun else None
        self.job.report(self._fit_progress("training", step, self.steps, loss=loss, seconds_left=left))

    def _report_epoch(self, row: dict[str, float]) -> None:
        share = self._progress(0)
        left = self.state.seconds / share * (1 - share)
        scores = {name: value for name, value in row.items() if name != "epoch"}
        progress = self._fit_progress(
            "epoch over", self.steps, self.steps, loss=row["loss"], seconds_left=left
        )
        self.job.report(replace(progress, scores=scores))

    def _fit_progress(
        self,
        stage: str,
        done: int,
        total: int,
        *,
        loss: float | None = None,
        seconds_left: float | None = None,
    ) -> FitProgress:
        scores = [row[self.task.metric] for row in self.state.history if self.task.metric in row]
        return FitProgress(
            stage=stage,
            done=done,
            total=total,
            epoch=self.state.epoch + (stage == "training"),
            epochs=self.config.epochs,
            loss=loss,
            metric=self.task.metric,
            score=scores[-1] if scores else None,
            best_score=max(scores, default=None),
            seconds_left=seconds_left,
        )

    def _validate(self) -> float:
        """The score of the validation data, in all processes; keeps the weights if they are the best."""
        score = 0.0
        if self.team.leads:
            score = self.task.validate(
                self._judged(), self.state.epoch, self.machine, self._report_validation
            )
        score = self.team.tell(score)
        if score > self.state.best_score:
            self.state.best_score, self.state.stale = score, 0
            if self.team.leads:
                save_tensors(self.job.folder / BEST, self._judged().state_dict())
        else:
            self.state.stale += 1
        return score

    def _report_validation(self, done: int, total: int) -> None:
        self.job.report(self._fit_progress("validating", done, total))

    def _judged(self) -> nn.Module:
        """The network whose weights are kept: the average where there is one."""
        return self.network if self.average is None else self.average.module
