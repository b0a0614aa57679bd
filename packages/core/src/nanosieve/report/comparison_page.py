"""The page for several samples: side by side, and each against each."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from nanosieve.errors import ResultsError, UsageError
from nanosieve.report.plots.samples import SampleCurve, draw_cumulative, draw_quantile_bars
from nanosieve.report.results import Results
from nanosieve.report.sample_plots import LEAST_POINTS, size_label, sizes_and_weights
from nanosieve.report.sample_statistics import statistics_of
from nanosieve.report.setting_differences import setting_differences
from nanosieve.report.templating import render
from nanosieve.statistics.comparison import Sample, compare_samples
from nanosieve.statistics.results import Comparison
from nanosieve.writing import write_text


def name_samples(results: Sequence[Results]) -> list[str]:
    """What the samples are called: as the user named them, else by their folder; by the whole path where two are alike.

    Raises
    ------
    UsageError
        If a folder is given twice.
    """
    folders = [each.folder.resolve() for each in results]
    for folder in folders:
        if folders.count(folder) > 1:
            raise UsageError(f"{str(folder)!r} is given twice; a sample is not compared with itself")
    names = [
        str(each.summary["provenance"].get("about", {}).get("sample") or folder.name)
        for each, folder in zip(results, folders, strict=True)
    ]
    return [
        name if names.count(name) == 1 else str(folder) for name, folder in zip(names, folders, strict=True)
    ]


def compare_results(results: Sequence[Results], size: str) -> tuple[list[Sample], tuple[Comparison, ...]]:
    """The samples by name, and all comparisons of one size.

    Raises
    ------
    UsageError
        If there are fewer than two samples, one is given twice, or one does not have the size.
    ScaleError
        If units differ.
    ResultsError
        If one has no statistics.
    """
    for each in results:
        if each.summary["statistics"] is None:
            raise ResultsError(
                f"{str(each.folder)!r} has no statistics, see its failures.csv; analyse it again, and then compare"
            )
    samples = [
        Sample(name=name, particles=each.particles, images=each.images, statistics=statistics_of(each))
        for name, each in zip(name_samples(results), results, strict=True)
    ]
    return samples, compare_samples(samples, size)


def write_comparison(results: Sequence[Results], path: Path, size: str) -> tuple[Comparison, ...]:
    """Write the page of several samples, and return the comparisons that it shows.

    Raises
    ------
    UsageError, ScaleError, ResultsError
        See `compare_results`.
    OutputError
        If the file cannot be written.
    """
    samples, comparisons = compare_results(results, size)
    unit = samples[0].statistics.unit
    label = size_label(size, unit)
    curves = []
    for sample, each in zip(samples, results, strict=True):
        described = sample.statistics.sizes[size]
        values, weights = sizes_and_weights(each, described)
        if len(values) >= LEAST_POINTS:
            curves.append(
                SampleCurve(
                    name=sample.name, sizes=values, weights=weights, quantiles=described.figures.number
                )
            )
    page = render(
        "comparison.html.j2",
        title=", ".join(sample.name for sample in samples),
        samples=samples,
        comparisons=comparisons,
        size=size,
        label=label,
        unit=unit,
        plots=[draw_cumulative(curves, label), draw_quantile_bars(curves, label)] if curves else [],
        differences=setting_differences([each.summary["provenance"] for each in results]),
        software=f"nanosieve {importlib.metadata.version('nanosieve-core')}",
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
    )
    write_text(path, page)
    return comparisons
