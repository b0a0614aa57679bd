"""Uncertainty budget of median and mean, after the GUM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from nanosieve.models import Boundary
from nanosieve.outline import FloatArray
from nanosieve.statistics.accepted import Accepted
from nanosieve.statistics.results import Budget, BudgetEntry, Estimate, Quantity

THRESHOLD_SPREAD = "threshold_spread"
COVERAGE_FACTOR = 2  # GUM 6.3.3: about 95 %
# A rectangular distribution of half width a has the standard uncertainty a / sqrt(3), GUM 4.3.7.
RECTANGULAR = np.sqrt(3)
# Largest relative error of the pixel size by who states it, where nobody calibrated: makers warrant 3 % and more for a
# calibrated magnification; a size that software states, or that is derived, may be off by more.
CALIBRATION_LIMITS = {"high": 0.03, "medium": 0.05, "low": 0.10, "none": 0.10}
# Largest mean error of each measure on rendered shapes of known size, px: benchmarks/accuracy.py, docs/measures.md.
SOFT_LIMITS_PX = {"equivalent_diameter": 0.01, "feret_min": 0.09, "feret_max": 0.03}
# The same of shapes with corners, which any picture rounds off.
CORNERED_LIMITS_PX = {"equivalent_diameter": 0.01, "feret_min": 0.8, "feret_max": 0.85}
ROUND_CLASSES = ("circle",)
# Without a soft map an edge lies anywhere within its pixel: half a pixel on a diameter.
PIXEL_EDGE_LIMIT_PX = 0.5


def make_budget(
    quantity: Quantity,
    figure: Estimate,
    measure: str,
    accepted: Accepted,
    *,
    weights: FloatArray,
    calibration_uncertainty: float | None,
    boundaries: Mapping[str, Boundary],
) -> Budget | None:
    """Budget of a figure of one size; None where there is no figure.

    Parameters
    ----------
    weights : ndarray of shape (n,): how much each of the accepted particles counts, 0 for those left out
    calibration_uncertainty : relative standard uncertainty of the pixel size in percent, over what the images say
    boundaries : offset of the outlines of each model, by its name in the column ``model`` of the images

    Notes
    -----
    Where outlines were moved by the known bias of the model, its scatter between images is what is left; else the bias
    enters with its square, GUM F.2.4.5.
    """
    if figure.value is None:
        return None
    entries: list[BudgetEntry] = []
    missing: list[str] = []
    for found in (
        _calibration(figure.value, accepted, weights, calibration_uncertainty),
        _pixel(measure, accepted, weights),
        _segmentation(accepted, weights),
        _model(accepted, weights, boundaries),
        _sampling(figure),
    ):
        if isinstance(found, BudgetEntry):
            entries.append(found)
        elif found:
            missing.append(found)
    combined = float(np.sqrt(sum(entry.standard_uncertainty**2 for entry in entries)))
    return Budget(
        quantity=quantity,
        value=figure.value,
        entries=tuple(entries),
        missing=tuple(missing),
        combined=combined,
        expanded=COVERAGE_FACTOR * combined,
    )


def common_uncertainty(budget: Budget) -> float:
    """Combined standard uncertainty of what is common to all particles, so that more particles do not lessen it."""
    return float(np.sqrt(sum(entry.standard_uncertainty**2 for entry in budget.entries if entry.common)))


def _entry(
    name: Literal["calibration", "pixel", "segmentation", "model", "sampling"],
    uncertainty: float,
    source: str,
    *,
    evaluation: Literal["A", "B"] = "B",
    common: bool = True,
) -> BudgetEntry:
    return BudgetEntry(
        name=name, standard_uncertainty=uncertainty, evaluation=evaluation, common=common, source=source
    )


def _calibration(
    value: float, accepted: Accepted, weights: FloatArray, percent: float | None
) -> BudgetEntry | str:
    if accepted.unit == "px":
        return "Sizes are in px: the scale is not part of them."
    if percent is not None:
        return _entry(
            "calibration", value * percent / 100, f"{percent:g} % of the pixel size, given by the user."
        )
    stated = accepted.images.get("pixel_size_confidence", pd.Series("none", accepted.images.index))
    limits = stated.map(CALIBRATION_LIMITS).fillna(CALIBRATION_LIMITS["none"]).to_numpy(np.float64)
    limit = float(np.average(limits[accepted.image_of], weights=weights))
    return _entry(
        "calibration",
        value * limit / RECTANGULAR,
        f"Taken as within {100 * limit:.2g} %, by who states the pixel size; not calibrated here: give the figure of a "
        "certified standard with --calibration-uncertainty.",
    )


def _pixel(measure: str, accepted: Accepted, weights: FloatArray) -> BudgetEntry:
    sides = accepted.pixel_sides[accepted.image_of]
    soft = _of_images(accepted, "geometry", "subpixel") == "subpixel"
    round_ones = accepted.table["class"].isin(ROUND_CLASSES).to_numpy(bool)
    on_soft = np.where(round_ones, SOFT_LIMITS_PX[measure], CORNERED_LIMITS_PX[measure])
    limit = float(np.average(sides * np.where(soft, on_soft, PIXEL_EDGE_LIMIT_PX), weights=weights))
    return _entry(
        "pixel",
        limit / RECTANGULAR,
        f"Largest mean error of {measure} on rendered shapes of the classes found, docs/measures.md."
        if soft.all()
        else "Outlines run along pixel edges: a diameter may be off by half a pixel.",
    )


def _segmentation(accepted: Accepted, weights: FloatArray) -> BudgetEntry | str:
    column = f"{THRESHOLD_SPREAD}_{accepted.unit}"
    if column not in accepted.table:
        return f"Segmentation: the table has no column {column!r}, so what another threshold would do is unknown."
    spreads = accepted.table[column].to_numpy(np.float64)
    known = ~np.isnan(spreads) & (weights > 0)
    if not known.any():
        return "Segmentation: the segmenter gives no probabilities, so what another threshold would do is unknown."
    limit = float(np.average(np.abs(spreads[known]), weights=weights[known]))
    return _entry(
        "segmentation",
        limit / RECTANGULAR,
        f"Contours at 0.3 and 0.7 instead of 0.5 move the diameter by {limit:.2g} {accepted.unit} on average, all "
        "particles alike.",
    )


def _model(accepted: Accepted, weights: FloatArray, boundaries: Mapping[str, Boundary]) -> BudgetEntry | str:
    used = weights > 0
    models = _of_images(accepted, "model", "")[used]
    unknown = sorted({str(name) for name in models if name not in boundaries})
    if unknown:
        named = ", ".join(repr(name) for name in unknown if name) or "the segmenter"
        return f"Model: where {named} puts the edge of particles was never measured against labelled data."
    # an offset is in px of the picture as the model saw it
    sides = (accepted.pixel_sides / _magnifications(accepted))[accepted.image_of][used]
    shapes = accepted.table["class"].to_numpy(object)[used]
    found = [boundaries[str(model)].of(str(shape)) for model, shape in zip(models, shapes, strict=True)]
    corrected = _of_images(accepted, "boundary", "left")[used] == "corrected"
    offset, left, deviation = (
        float(np.average(sides * np.array(each), weights=weights[used]))
        for each in (
            [each.offset_px for each in found],
            np.where(corrected, 0, [each.offset_px for each in found]),
            [each.sd_px or 0.0 for each in found],
        )
    )
    data = "; ".join(sorted({boundaries[str(name)].data for name in models}))
    done = "not corrected"
    if corrected.any():
        done = "corrected, class by class" if corrected.all() else "corrected in some images"
    return _entry(
        "model",
        float(np.hypot(left, deviation)),
        f"Diameters were off by {offset:+.2g} {accepted.unit}, with a standard deviation of {deviation:.2g} "
        f"{accepted.unit} between images, on {data}; {done}.",
        evaluation="A",
    )


def _magnifications(accepted: Accepted) -> FloatArray:
    """Of each image, sides of the picture that the model saw over those of the micrograph; 1 where nobody says."""
    if "model_magnification" not in accepted.images:
        return np.ones(len(accepted.images))
    return accepted.images["model_magnification"].fillna(1).to_numpy(np.float64)


def _sampling(figure: Estimate) -> BudgetEntry | str:
    if figure.low is None or figure.high is None:
        return "Sampling: the particles are too few, or too unequal in weight, for an interval."
    # the interval, not the standard error: with few images Student's t is far above 2
    return _entry(
        "sampling",
        (figure.high - figure.low) / 2 / COVERAGE_FACTOR,
        "Half of the 95 % interval over 2.",
        evaluation="A",
        common=False,
    )


def _of_images(
    accepted: Accepted, column: str, otherwise: str
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """A text of the image that each particle is of."""
    if column not in accepted.images:
        return np.full(len(accepted.table), otherwise, object)
    return accepted.images[column].fillna("").to_numpy(object)[accepted.image_of]
