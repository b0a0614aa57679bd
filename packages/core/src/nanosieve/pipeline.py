"""The whole path of one micrograph, from pixels to a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from nanosieve.classifying import classify
from nanosieve.measuring import Failure, Unit, pixel_side, tabulate
from nanosieve.models import Boundary
from nanosieve.particles import Particles, cut_particles
from nanosieve.quality import Rules, Verdicts, class_names, judge
from nanosieve.refining import refine, treatment
from nanosieve.specs import Classifier, Measure, Segmenter
from nanosieve.values import BoundaryTreatment, Micrograph, Segmentation

DEFAULT_RULES = Rules()


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """All that is known about one micrograph.

    Attributes
    ----------
    table : one row a particle, see `nanosieve.measuring.tabulate`
    boundary : what was done about where the model puts the edge of particles
    failures : measures that did not work, whose columns are NaN
    """

    micrograph: Micrograph
    segmentation: Segmentation
    particles: Particles
    verdicts: Verdicts
    table: pd.DataFrame
    boundary: BoundaryTreatment = "unknown"
    failures: tuple[Failure, ...] = ()


def analyze(
    micrograph: Micrograph,
    *,
    segmenter: Segmenter,
    measures: Mapping[str, Measure],
    classifier: Classifier | None = None,
    rules: Rules = DEFAULT_RULES,
    boundary: Callable[[str], Boundary | None] = lambda model: None,
    unit: Unit = "nm",
    report: Callable[[str], None] = lambda stage: None,
) -> Analysis:
    """Measure every particle of one micrograph.

    Parameters
    ----------
    measures : by what error messages call them
    classifier : None leaves the particles unclassified and accepts every shape
    boundary : where a model puts the edge of particles, by its name in `Segmentation.model`; None: nobody knows
    unit : ``"nm"`` needs a pixel size, ``"px"`` does not
    report : called with the name of each stage as it begins

    Raises
    ------
    ScaleError
        If nm are asked for and the micrograph has no pixel size; before any work is done.
    PluginError
        If the segmenter or the classifier raised or broke its contract.
    """
    pixel_side(micrograph, unit)
    report("segmenting")
    segmentation = segmenter.segment(micrograph)
    particles = cut_particles(micrograph, segmentation)
    report("classifying")
    classification = classify(particles, classifier)
    known = boundary(segmentation.model)
    particles = refine(
        particles.with_classes(class_names(classification, len(particles), rules)), known, rules
    )
    verdicts = judge(micrograph, particles, classification, rules)
    report("measuring")
    table, failures = tabulate(
        micrograph,
        particles,
        verdicts,
        measures,
        classification=classification,
        unit=unit,
        min_shape_diameter_px=rules.min_shape_diameter_px,
    )
    return Analysis(
        micrograph=micrograph,
        segmentation=segmentation,
        particles=particles,
        verdicts=verdicts,
        table=table,
        boundary=treatment(particles, known, rules),
        failures=tuple(failures),
    )
