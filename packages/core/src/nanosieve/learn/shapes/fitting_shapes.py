"""From a job to a bundle: what all plugins with a classification network share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from nanosieve.fitting import FitJob
from nanosieve.learn.bundles import CALIBRATION, Told, load_weights, write_bundle
from nanosieve.learn.device import pick_device
from nanosieve.learn.normalising import PREPROCESSING
from nanosieve.learn.shapes.calibration import (
    Familiarity,
    FloatArray,
    fit_familiarity,
    fit_limit,
    fit_scaling,
    never_seen,
)
from nanosieve.learn.shapes.config import ShapeNetworkConfig, ShapeTrainingConfig
from nanosieve.learn.shapes.cutouts import CutOuts
from nanosieve.learn.shapes.network_classifier import BIAS, LIMIT, TEMPERATURE, answers_of
from nanosieve.learn.shapes.samples import Shapes
from nanosieve.learn.shapes.shape_set import ShapeSet, load_shape_set
from nanosieve.learn.shapes.task import AT_ONCE, ShapeTask
from nanosieve.learn.training import train
from nanosieve.quality import UNKNOWN

# Learnt particles of each kind, labelled and simulated, whose features are kept to compare with.
MOST = 1000


def fit_shapes(make_network: Callable[[Any, int], nn.Module], job: FitJob) -> Path | None:
    """Train a network and return the folder of its bundle; None in a process of several that only helped.

    Parameters
    ----------
    make_network : options of the plugin, number of classes -> network with random weights, see
        `nanosieve.learn.shapes.network_classifier.ShapeNetwork`
    """
    config, training = job.config, job.training
    assert isinstance(config, ShapeNetworkConfig)
    assert isinstance(training, ShapeTrainingConfig)
    shape_set = load_shape_set(job, training, config)
    torch.manual_seed(training.seed)
    network = make_network(config, len(shape_set.classes))
    if job.start is not None and job.start.weights is not None:
        load_weights(network, job.start.weights)
    trained = train(network, ShapeTask(shape_set, training), job)
    if trained is None:
        return None
    network.load_state_dict(trained.weights)
    device = pick_device(job.device)
    network.eval()
    familiarity = learnt_features(network, shape_set, training, config.views, device)
    # of simulated particles there are many more, and they resemble one another
    weights = shape_set.validation_weights(training.labelled_share)
    calibration = calibrate(
        network,
        familiarity,
        shape_set.validation,
        weights,
        classes=shape_set.classes,
        known_lost=training.known_lost,
        views=config.views,
        device=device,
    )
    told = Told(
        kind="classifier",
        classes=shape_set.classes,
        preprocessing=PREPROCESSING,
        score="balanced accuracy",
        calibration=calibration,
        excluded_classes=tuple(name for name in training.excluded_classes if name in shape_set.classes),
        extra={f"{CALIBRATION}{name}": value for name, value in familiarity.tensors().items()},
    )
    return write_bundle(job, trained, shape_set.learnt, told)


def learnt_features(
    network: nn.Module, shape_set: ShapeSet, training: ShapeTrainingConfig, views: int, device: torch.device
) -> Familiarity:
    """Features of what was learnt, as much of it labelled as simulated; what was learnt as unknown is none of it."""
    generator = np.random.default_rng(training.seed)
    known = [name for name in shape_set.classes if name != UNKNOWN]
    parts = [shapes.only(known).cut_outs for shapes in (shape_set.train, shape_set.simulated)]
    learnt = [cut_outs for cut_outs in parts if len(cut_outs)]
    each = min(MOST, *(len(cut_outs) for cut_outs in learnt))
    some = np.concatenate([cut_outs[generator.permutation(len(cut_outs))[:each]] for cut_outs in learnt])
    return fit_familiarity(_answers(network, some, views, device)[1])


def calibrate(
    network: nn.Module,
    familiarity: Familiarity,
    shapes: Shapes,
    weights: FloatArray,
    *,
    classes: Sequence[str],
    known_lost: float,
    views: int,
    device: torch.device,
) -> dict[str, float]:
    """Temperature, biases and limit from particles that were not learnt, for a card.

    Those that are unknown count in the scaling only: they are not familiar.

    Parameters
    ----------
    network : in evaluation mode
    shapes : all of `classes`, which are those of the network in order
    weights : how much each particle counts, mean 1
    known_lost : share of known particles that may be taken for shapes never seen
    """
    logits, features = _answers(network, shapes.cut_outs, views, device)
    scores = familiarity.score(features).double().numpy()
    familiar = np.array([name != UNKNOWN for name in shapes.classes])
    limit = fit_limit(scores[familiar], weights[familiar], known_lost)
    scaling = fit_scaling(
        logits.double().numpy(),
        np.array([classes.index(name) for name in shapes.classes], np.int64),
        [number for number, name in enumerate(classes) if name != UNKNOWN],
        never_seen(scores, limit),
        weights,
    )
    return {
        TEMPERATURE: round(scaling.temperature, 4),
        LIMIT: round(limit, 5),
        **{
            f"{BIAS}{name}": round(bias, 4)
            for name, bias in zip(classes, scaling.biases.tolist(), strict=True)
        },
    }


def _answers(
    network: nn.Module, cut_outs: CutOuts, views: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    parts = [
        answers_of(network, cut_outs[start : start + AT_ONCE], device, torch.float32, views)
        for start in range(0, len(cut_outs), AT_ONCE)
    ]
    logits, features = (torch.cat(each) for each in zip(*parts, strict=True))
    return logits, features
