"""Particles times measures: the table of one micrograph, in nm or px."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.edge_weights import edge_weights
from nanosieve.errors import ContractError, ScaleError, one_line
from nanosieve.guards import blame
from nanosieve.specs import Measure, resolve
from nanosieve.values import Classification, Micrograph

if TYPE_CHECKING:
    from nanosieve.particles import Particles
    from nanosieve.quality import Verdicts

Unit = Literal["nm", "px"]
# Limits are closed, and a value may pass one by the rounding of its own arithmetic.
ROUNDING = 1e-6
# Begins the names of columns with the probability of a class.
PROBABILITY = "probability_"
# How many particles a whole one stands for, see `nanosieve.edge_weights`.
EDGE_WEIGHT = "edge_weight"


@dataclass(frozen=True)
class Failure:
    """What went wrong for one image; the rest goes on.

    Attributes
    ----------
    image : name of the image, "" where the failure concerns the whole run
    stage : what was being done: ``"reading"``, ``"segmenting"``, ``"measuring"``, ...
    error : one line for people
    """

    image: str
    stage: str
    error: str


def pixel_side(micrograph: Micrograph, unit: Unit) -> float:
    """Length of the side of an isotropic pixel of equal area, in `unit`.

    Outlines are in isotropic pixels already, so one number scales all measures.

    Raises
    ------
    ScaleError
        If nm are asked for and the micrograph has no scale.
    """
    if unit == "px":
        return 1.0
    if micrograph.pixel_size_nm is None:
        raise ScaleError(
            f'{micrograph.name!r} has no pixel size; give it with --pixel-size "1.5 nm", or ask for --units px'
        )
    y_nm, x_nm = micrograph.pixel_size_nm
    return float(np.sqrt(y_nm * x_nm))


def tabulate(
    micrograph: Micrograph,
    particles: Particles,
    verdicts: Verdicts,
    measures: Mapping[str, Measure],
    *,
    classification: Classification | None = None,
    unit: Unit = "nm",
    min_shape_diameter_px: float = 0,
) -> tuple[pd.DataFrame, list[Failure]]:
    """One row a particle: identity, verdict, edge weight, each measure in its unit, the probability of each class.

    Parameters
    ----------
    measures : by who offers them, for error messages: ``{"measure 'area' of nanosieve-measures 0.1.0": ...}``
    min_shape_diameter_px : measures of the group ``"shape"`` are NaN below this equivalent diameter in px

    Returns
    -------
    DataFrame, and the measures that failed, whose columns are NaN
    """
    side = pixel_side(micrograph, unit)
    count = len(particles)
    columns: dict[str, object] = {
        "image": pd.Series([micrograph.name] * count, dtype="str"),
        "label": np.arange(1, count + 1, dtype=np.int64),
        "class": pd.Series(verdicts.classes, dtype="str"),
        "confidence": verdicts.confidence,
        "accepted": np.array([not reason for reason in verdicts.reasons], bool),
        "reason": pd.Series(verdicts.reasons, dtype="str"),
        EDGE_WEIGHT: edge_weights(particles),
    }
    classified = particles.with_classes(verdicts.classes)
    shapeless = np.sqrt(4 * particles.areas / np.pi) < min_shape_diameter_px
    failures = []
    for who, measure in measures.items():
        try:
            values = compute(measure, classified, who)
        except Exception as error:  # a stranger's measure; the other columns must still be filled
            failures.append(Failure(micrograph.name, "measuring", one_line(error)))
            values = np.full(count, np.nan)
        if measure.group == "shape":
            values = np.where(shapeless, np.nan, values)
        columns[measure.column(unit)] = values * side**measure.dimension
    if classification is not None:
        for name, probabilities in zip(classification.classes, classification.probabilities.T, strict=True):
            columns[f"{PROBABILITY}{name}"] = probabilities.astype(np.float64)
    return pd.DataFrame(columns), failures


def compute(measure: Measure, particles: Particles, who: str) -> NDArray[np.float64]:
    """Values of one measure in px, checked against its own record.

    Returns
    -------
    ndarray of shape (n,), float64; NaN where the measure does not apply

    Raises
    ------
    PluginError
        If the measure raised, or, as `ContractError`, returned another shape, an infinite value or one out of
        its declared range.
    """
    with blame(who):
        if measure.per == "image":
            values = np.asarray(resolve(measure.compute)(particles), np.float64)
        else:
            function = resolve(measure.compute)
            values = np.array([function(particle) for particle in particles], np.float64)
    if values.shape != (len(particles),):
        raise ContractError(f"{who} broke its contract: shape {values.shape} for {len(particles)} particles")
    if measure.classes is not None:
        applies = np.isin(np.asarray(particles.classes or [""] * len(particles), object), measure.classes)
        values = np.where(applies, values, np.nan)
    _check_range(measure, values, who)
    return values


def _check_range(measure: Measure, values: NDArray[np.float64], who: str) -> None:
    known = values[~np.isnan(values)]
    lower = -np.inf if measure.lower is None else measure.lower - ROUNDING
    upper = np.inf if measure.upper is None else measure.upper + ROUNDING
    outside = known[(known < lower) | (known > upper) | np.isinf(known)]
    if outside.size:
        raise ContractError(
            f"{who} broke its contract: {outside[0]:g} is outside of [{measure.lower}, {measure.upper}]"
        )
