"""From logits and features to confidences that mean something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax

FloatArray = NDArray[np.float64]

# Directions of the features that are kept; the others are judged by what they hold together.
DIRECTIONS = 64
# Keeps the variance of directions that hardly vary away from 0, over the mean variance.
SHRINKAGE = 0.05
# Temperatures that are tried.
TEMPERATURES = (0.2, 10.0)
# At the limit the particle is of a class never seen with this probability: with it no class reaches 75 %.
AT_LIMIT = 0.3
# How fast that probability rises, over the score in units of the limit.
STEEPNESS = 10.0


def fit_temperature(logits: FloatArray, classes: NDArray[np.int64]) -> float:
    """The temperature by which logits are divided so that their softmax is as likely as can be [1]_.

    Parameters
    ----------
    logits : shape (n, k)
    classes : true classes, shape (n,), 0 to k - 1

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural networks, ICML 2017.
    """
    rows = np.arange(len(classes))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, classes].mean())

    return float(np.exp(minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded").x))


@dataclass(frozen=True, kw_only=True)
class Familiarity:
    """How far features are from those of the classes that were learnt.

    Attributes
    ----------
    means : of the features of each class, shape (k, d)
    directions : orthonormal, shape (d, r)
    spread : standard deviation within the classes along each direction, shape (r,)
    rest : standard deviation of what the directions leave, per dimension
    """

    means: torch.Tensor
    directions: torch.Tensor
    spread: torch.Tensor
    rest: torch.Tensor

    def score(self, features: torch.Tensor) -> torch.Tensor:
        """Distance to the nearest class over the distance that is usual, shape (n,).

        The Mahalanobis distance [1]_ with the covariance of probabilistic PCA [2]_, over the root of the number of
        features, so that known particles have about 1.

        References
        ----------
        .. [1] K. Lee, K. Lee, H. Lee, J. Shin, A simple unified framework for detecting out-of-distribution samples,
           NeurIPS 2018.
        .. [2] M. E. Tipping, C. M. Bishop, J. R. Stat. Soc. B 61, 611 (1999).
        """
        best = torch.full((len(features),), torch.inf, device=features.device)
        for mean in self.means:
            off = features - mean
            along = off @ self.directions
            kept = (along / self.spread).square().sum(dim=1)
            left = (off.square().sum(dim=1) - along.square().sum(dim=1)).clamp(min=0) / self.rest.square()
            best = torch.minimum(best, kept + left)
        return (best / features.shape[1]).sqrt()

    def tensors(self) -> dict[str, torch.Tensor]:
        """By name, for a file of weights."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, torch.Tensor]) -> Familiarity:
        """What `tensors` gave."""
        return cls(**{name: tensors[name].float() for name in cls.__dataclass_fields__})


def fit_familiarity(features: torch.Tensor, classes: torch.Tensor) -> Familiarity:
    """Means and spread of the features of what was learnt.

    Parameters
    ----------
    features : shape (n, d), float32
    classes : shape (n,), each of 0 to k - 1 at least once
    """
    count = int(classes.max()) + 1
    means = torch.stack([features[classes == number].mean(dim=0) for number in range(count)])
    within = features - means[classes]
    covariance = (within.T @ within / max(1, len(features) - count)).double().numpy()
    size = len(covariance)
    kept = min(DIRECTIONS, size - 1)
    # not torch's solver, which may not converge where there are more features than particles
    top, vectors = eigh(covariance, subset_by_index=[size - kept, size - 1], driver="evr")
    total = float(covariance.trace())
    floor = SHRINKAGE * max(total / size, 1e-12)
    rest = max(0.0, total - float(top.sum())) / (size - kept)
    return Familiarity(
        means=means,
        directions=torch.from_numpy(vectors).float(),
        spread=torch.from_numpy(top.clip(min=0) + floor).sqrt().float(),
        rest=torch.tensor(rest + floor).sqrt(),
    )


def never_seen(score: FloatArray, limit: float) -> FloatArray:
    """Probability that a particle is of no class that was learnt, from its score and the limit of known ones."""
    logit = STEEPNESS * (score / limit - 1) + np.log(AT_LIMIT / (1 - AT_LIMIT))
    return np.asarray(expit(logit))
