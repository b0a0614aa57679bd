"""The border between plugins and the pipeline: what crosses it is checked, and who broke it is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nanosieve.errors import ContractError, NanosieveError, PluginError
from nanosieve.labels import pixel_counts
from nanosieve.specs import Classifier, Segmenter
from nanosieve.values import FloatImage, Micrograph, Segmentation

if TYPE_CHECKING:
    from nanosieve.particles import Particles

# float32 rounding of a softmax over a hundred classes stays well below this
ROW_SUM_TOLERANCE = 1e-3


@contextmanager
def blame(who: str) -> Iterator[None]:
    """Turn whatever a stranger's code raises into a `PluginError` that names it."""
    try:
        yield
    except NanosieveError:
        raise
    except Exception as error:
        raise PluginError(f"{who} raised {type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class GuardedSegmenter:
    """A segmenter whose answers are checked.

    Attributes
    ----------
    segmenter : the plugin's object
    who : its name and provider, for error messages
    """

    segmenter: Segmenter
    who: str

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """Segment, and refuse an answer that breaks the contract.

        Raises
        ------
        PluginError
            If the plugin raised, or, as `ContractError`, returned nonsense.
        """
        with blame(self.who):
            segmentation = self.segmenter.segment(micrograph)
        problem = segmentation_problem(segmentation, micrograph.shape)
        if problem:
            raise ContractError(f"{self.who} broke its contract: {problem}")
        return segmentation


@dataclass(frozen=True)
class GuardedClassifier:
    """A classifier whose answers are checked; see `GuardedSegmenter`."""

    classifier: Classifier
    who: str

    @property
    def classes(self) -> Sequence[str]:
        """Names of the k classes."""
        with blame(self.who):
            return self.classifier.classes

    def classify(self, particles: Particles) -> FloatImage:
        """Classify, and refuse an answer that breaks the contract."""
        with blame(self.who):
            probabilities = self.classifier.classify(particles)
        problem = probabilities_problem(probabilities, (len(particles), len(self.classes)))
        if problem:
            raise ContractError(f"{self.who} broke its contract: {problem}")
        return probabilities


def segmentation_problem(segmentation: Segmentation, shape: tuple[int, int]) -> str | None:
    """What is wrong with an answer of a segmenter for an image of this shape; None where all is well."""
    if not isinstance(segmentation, Segmentation):
        return f"segment() must return a Segmentation, not a {type(segmentation).__name__}"
    labels, foreground = segmentation.labels, segmentation.foreground
    if labels.shape != shape or labels.dtype != np.int32:
        return f"labels must be {shape} int32, not {labels.shape} {labels.dtype}"
    if labels.size and labels.min() < 0:
        return f"labels must not be negative, the lowest is {labels.min()}"
    missing = np.flatnonzero(pixel_counts(labels)[1:] == 0)
    if missing.size:
        return f"labels must have no gaps, but {segmentation.count} particles lack label {missing[0] + 1}"
    if foreground is None:
        return None
    if foreground.shape != shape or foreground.dtype != np.float32:
        return f"foreground must be {shape} float32, not {foreground.shape} {foreground.dtype}"
    # written so that NaN is caught as well
    if not ((foreground >= 0) & (foreground <= 1)).all():
        return "foreground must lie in [0, 1]"
    return None


def probabilities_problem(probabilities: FloatImage, shape: tuple[int, int]) -> str | None:
    """What is wrong with an answer of a classifier that should have this shape; None where all is well."""
    if not isinstance(probabilities, np.ndarray):
        return f"classify() must return an array, not a {type(probabilities).__name__}"
    if probabilities.shape != shape or probabilities.dtype != np.float32:
        return f"probabilities must be {shape} float32, not {probabilities.shape} {probabilities.dtype}"
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        return "probabilities must lie in [0, 1]"
    if probabilities.size and not np.allclose(probabilities.sum(axis=1), 1, atol=ROW_SUM_TOLERANCE):
        return "each row of probabilities must sum to 1"
    return None
