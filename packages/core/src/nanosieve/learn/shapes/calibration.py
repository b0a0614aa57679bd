"""From logits and features to confidences that mean something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax
from torch.nn import functional

from nanosieve.errors import ModelError

FloatArray = NDArray[np.float64]

KNOWN = "known"
# So many learnt particles have to be near, so that a single odd one makes nothing familiar.
NEAREST = 10
# Temperatures that are tried.
TEMPERATURES = (0.2, 10.0)
# At the limit the particle is of a class never seen with this probability: with it no class reaches 75 %.
AT_LIMIT = 0.3
# How fast that probability rises, over the score in units of the limit.
STEEPNESS = 10.0


def fit_temperature(
    logits: FloatArray, classes: NDArray[np.int64], weights: FloatArray | None = None
) -> float:
    """The temperature by which logits are divided so that their softmax is as likely as can be [1]_.

    Parameters
    ----------
    logits : shape (n, k)
    classes : true classes, shape (n,), 0 to k - 1
    weights : how much each particle counts, shape (n,); None: all the same

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural networks, ICML 2017.
    """
    rows = np.arange(len(classes))

    def loss(log_temperature: float) -> float:
        likely = log_softmax(logits / np.exp(log_temperature), axis=1)[rows, classes]
        return -float(np.average(likely, weights=weights))

    return float(np.exp(minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded").x))


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
