"""From logits and features to confidences that mean something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, softmax
from torch.nn import functional

from nanosieve.errors import ModelError

FloatArray = NDArray[np.float64]

KNOWN = "known"
# So many learnt particles have to be near, so that a single odd one makes nothing familiar.
NEAREST = 10
# Temperatures that are tried.
TEMPERATURES = (0.2, 10.0)
# A true class that was given no probability at all counts as so likely.
LEAST_LIKELY = 1e-9
# At the limit the particle is of a class never seen with this probability: with it no class reaches 75 %.
AT_LIMIT = 0.3
# How fast that probability rises, over the score in units of the limit.
STEEPNESS = 10.0


@dataclass(frozen=True)
class Scaling:
    """What is done to logits before their softmax: bias-corrected temperature scaling [1]_.

    Attributes
    ----------
    temperature : logits are divided by it
    biases : then added to them, shape (k,)

    References
    ----------
    .. [1] A. Alexandari, A. Kundaje, A. Shrikumar, Maximum likelihood with bias-corrected calibration is hard-to-beat
       at label shift adaptation, ICML 2020.
    """

    temperature: float
    biases: FloatArray

    def confidences(self, logits: FloatArray, known: Sequence[int], strange: FloatArray) -> FloatArray:
        """Probabilities of the known classes and, last, of unknown, shape (n, len(known) + 1).

        Parameters
        ----------
        logits : shape (n, k)
        known : which of the k classes are none of those learnt as unknown
        strange : probability that a particle is of no class that was learnt, shape (n,)
        """
        learnt = softmax(logits / self.temperature + self.biases, axis=1)[:, known]
        sure = learnt * (1 - strange)[:, None]
        return np.column_stack([sure, np.clip(1 - sure.sum(axis=1), 0, 1)])


def fit_scaling(
    logits: FloatArray,
    classes: NDArray[np.int64],
    known: Sequence[int],
    strange: FloatArray,
    weights: FloatArray,
) -> Scaling:
    """The scaling that makes the true classes as likely as can be.

    Temperature scaling [1]_ alone leaves a class that is answered too often so. A class seen a few times hardly shifts:
    its bias is taken for 0 give or take 1 to begin with.

    Parameters
    ----------
    logits, known, strange : see `Scaling.confidences`; what is not known comes last
    classes : true classes, shape (n,), 0 to k - 1
    weights : how much each particle counts, shape (n,), mean 1

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural networks, ICML 2017.
    """
    rows = np.arange(len(classes))

    def loss(values: FloatArray) -> float:
        scaling = Scaling(float(np.exp(values[0])), values[1:])
        likely = scaling.confidences(logits, known, strange)[rows, classes]
        unlikely = -np.log(np.maximum(likely, LEAST_LIKELY)) @ weights
        return float(unlikely + np.sum(values[1:] ** 2) / 2) / len(classes)

    start = np.zeros(1 + logits.shape[1])
    bounds = [tuple(np.log(TEMPERATURES)), *[(-np.inf, np.inf)] * logits.shape[1]]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return Scaling(float(np.exp(found[0])), found[1:])


@dataclass(frozen=True)
class Familiarity:
    """How far features are from those of particles that were learnt.

    Attributes
    ----------
    known : features of learnt particles, each of length 1, shape (m, d), m > 0
    """

    known: torch.Tensor

    def score(self, features: torch.Tensor) -> torch.Tensor:
        """Cosine distance, 0 to 2, from the tenth nearest of the learnt particles [1]_, shape (n,).

        Parameters
        ----------
        features : shape (n, d)

        References
        ----------
        .. [1] Y. Sun, Y. Ming, X. Zhu, Y. Li, Out-of-distribution detection with deep nearest neighbors, ICML 2022.
        """
        known = self.known.to(features)
        likeness = functional.normalize(features, dim=1) @ known.T
        nearest = likeness.topk(min(NEAREST, len(known)), dim=1).values
        return (1 - nearest[:, -1]).clamp(min=0)

    def tensors(self) -> dict[str, torch.Tensor]:
        """By name, for a file of weights."""
        return {KNOWN: self.known}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, torch.Tensor]) -> Familiarity:
        """What `tensors` gave.

        Raises
        ------
        ModelError
            If there are others, as of another version.
        """
        if set(tensors) != {KNOWN}:
            raise ModelError(
                f"the calibration in the weights holds {', '.join(sorted(tensors))} where {KNOWN!r} was expected: "
                "it was made by another version of nanosieve; train the model again"
            )
        return cls(functional.normalize(tensors[KNOWN].float(), dim=1))


def fit_familiarity(features: torch.Tensor) -> Familiarity:
    """What familiar features are.

    Parameters
    ----------
    features : of learnt particles, shape (m, d), float32
    """
    return Familiarity(functional.normalize(features, dim=1))


def fit_limit(scores: FloatArray, weights: FloatArray, lost: float) -> float:
    """The score that so large a share of the known particles reaches, by weight.

    Parameters
    ----------
    scores, weights : shape (n,)
    lost : share, above 0 and below 1
    """
    return float(np.quantile(scores, 1 - lost, weights=weights, method="inverted_cdf"))


def never_seen(score: FloatArray, limit: float) -> FloatArray:
    """Probability that a particle is of no class that was learnt, from its score and the limit of known ones."""
    logit = STEEPNESS * (score / limit - 1) + np.log(AT_LIMIT / (1 - AT_LIMIT))
    return np.asarray(expit(logit))
