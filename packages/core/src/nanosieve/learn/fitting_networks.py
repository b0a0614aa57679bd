"""From a job to a bundle: what all plugins with a segmentation network share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nanosieve.fitting import FitJob
from nanosieve.learn.bundles import Told, begin_with, write_bundle
from nanosieve.learn.config import TrainingConfig
from nanosieve.learn.learning_set import load_learning_set
from nanosieve.learn.network_config import NetworkConfig
from nanosieve.learn.normalising import PREPROCESSING
from nanosieve.learn.segmenting import SegmentationTask
from nanosieve.learn.training import train


def fit_network(make_network: Callable[[Any], nn.Module], job: FitJob) -> Path | None:
    """Train a network and return the folder of its bundle; None in a process of several that only helped.

    Parameters
    ----------
    make_network : options of the plugin -> network with random weights
    """
    config, training = job.config, job.training
    assert isinstance(config, NetworkConfig)
    assert isinstance(training, TrainingConfig)
    torch.manual_seed(training.seed)
    network = make_network(config)
    if job.start is not None and job.start.weights is not None:
        begin_with(network, job.start.weights)
    learning_set = load_learning_set(job, training)
    task = SegmentationTask(learning_set, training, config.channels, job.folder)
    trained = train(network, task, job)
    if trained is None:
        return None
    told = Told(kind="segmenter", classes=("particle",), preprocessing=PREPROCESSING, score="pixel IoU")
    return write_bundle(job, trained, learning_set.learnt, told)
