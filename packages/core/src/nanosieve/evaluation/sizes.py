"""What the user cares about: sizes and number of the particles found, against those of the labels.

On both sides those particles count that `analyze` accepts with its default rules: whole ones, clear of the frame and of
annotations, and 10 px across or more. On both sides the area is that of the labelled pixels: labels drawn by people
have no finer edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nanosieve.evaluation.pixels import ratio
from nanosieve.outline import FloatArray
from nanosieve.particles import cut_particles
from nanosieve.pipeline import DEFAULT_RULES
from nanosieve.quality import judge
from nanosieve.values import LabelImage, Micrograph, Segmentation

SIZE_SCORES = ("d50_bias_percent", "spread_error", "count_error_percent")


@dataclass(frozen=True)
class Sizes:
    """Equivalent diameters of the accepted particles of one image, or of several.

    Attributes
    ----------
    found : ndarray of shape (m,), px, or nm once `scaled`
    truth : ndarray of shape (n,), the same unit
    pixel_side_nm : side of a square pixel of the same area; None where there is no scale
    """

    found: FloatArray
    truth: FloatArray
    pixel_side_nm: float | None = None

    def scaled(self) -> Sizes:
        """The same in nm, where there is a scale."""
        if self.pixel_side_nm is None:
            return self
        return Sizes(self.found * self.pixel_side_nm, self.truth * self.pixel_side_nm, self.pixel_side_nm)


def sizes_of(micrograph: Micrograph, found: LabelImage, truth: LabelImage) -> Sizes:
    """Measure both label images of one micrograph in the same way."""
    side = None if micrograph.pixel_size_nm is None else float(np.sqrt(np.prod(micrograph.pixel_size_nm)))
    return Sizes(accepted_diameters(micrograph, found), accepted_diameters(micrograph, truth), side)


def accepted_diameters(micrograph: Micrograph, labels: LabelImage) -> FloatArray:
    """Equivalent diameters, px, of the particles that count, in the order of their labels."""
    particles = cut_particles(micrograph, Segmentation(labels=labels))
    verdicts = judge(micrograph, particles, None, DEFAULT_RULES)
    accepted = np.array([not reason for reason in verdicts.reasons], bool)
    diameters: FloatArray = np.sqrt(4 * particles.areas[accepted] / np.pi)
    return diameters


def score_sizes(sizes: Sizes) -> dict[str, float]:
    """Errors of size and number.

    Returns
    -------
    dict with ``d50_bias_percent``, 100 (D50 found / D50 true - 1); ``spread_error``, ln(D90/D10) found less ln(D90/D10)
    true: above 0 the distribution found is too broad; ``count_error_percent``, 100 (found / true - 1). NaN where a
    side has no particle, ``spread_error`` where one has fewer than two
    """
    found, truth = sizes.found, sizes.truth
    bias = spread = np.nan
    if found.size and truth.size:
        (low, middle, high), (true_low, true_middle, true_high) = (
            np.quantile(side, (0.1, 0.5, 0.9)) for side in (found, truth)
        )
        bias = 100 * float(middle / true_middle - 1)
        if min(found.size, truth.size) > 1:
            spread = float(np.log(high / low) - np.log(true_high / true_low))
    return {
        "d50_bias_percent": bias,
        "spread_error": spread,
        "count_error_percent": 100 * (ratio(found.size, truth.size) - 1),
    }


def pool(sizes: Sequence[Sizes]) -> Sizes:
    """The diameters of one or more images together, as they stand."""
    return Sizes(
        np.concatenate([each.found for each in sizes]), np.concatenate([each.truth for each in sizes])
    )
