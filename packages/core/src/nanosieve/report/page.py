"""The report of one sample: one HTML file, made from its results folder alone."""

from __future__ import annotations

import importlib.metadata
from datetime import datetime
from pathlib import Path

import pandas as pd

from nanosieve.report.gallery import Gallery, Group
from nanosieve.report.image_views import MOST_IMAGES, ImageView, shown, sources, view
from nanosieve.report.provenance_table import provenance_groups
from nanosieve.report.quality_table import quality_table
from nanosieve.report.report_items import report_items
from nanosieve.report.results import Results
from nanosieve.report.rows import choose_rows, row_data
from nanosieve.report.sample_plots import draw_plots, size_label
from nanosieve.report.sample_statistics import statistics_of
from nanosieve.report.styles import Styles, styles_of
from nanosieve.report.templating import render
from nanosieve.table import Tables
from nanosieve.writing import write_text

REPORT = "report.html"


def write_report(tables: Tables, folder: Path, path: Path | None = None) -> Path:
    """Write the report of a run; the micrographs themselves are not needed.

    Parameters
    ----------
    tables : of the run, with statistics in their summary
    folder : the results folder, with pictures and outlines
    path : the file to write; ``report.html`` in the folder unless given

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    return write_text(path or folder / REPORT, render_report(Results(folder=folder, **vars(tables))))


def render_report(results: Results) -> str:
    """The page as text."""
    statistics = statistics_of(results)
    accepted = results.accepted
    styles = styles_of(accepted["class"], results.particles.loc[~results.particles["accepted"], "reason"])
    rows = choose_rows(
        results.particles[results.particles["image"].isin(results.images["image"].head(MOST_IMAGES))]
    )
    views, groups = _pictures(results, rows, styles)
    measure = results.size.removesuffix(f"_{results.unit}")
    software = f"nanosieve {importlib.metadata.version('nanosieve-core')}"
    return render(
        "report.html.j2",
        title=results.summary["provenance"].get("about", {}).get("sample") or results.folder.resolve().name,
        results=results,
        summary=results.summary,
        unit=results.unit,
        statistics=statistics,
        measure=measure,
        label=size_label(measure, results.unit),
        size=statistics.sizes.get(measure),
        plots=draw_plots(results, statistics, styles),
        styles=styles,
        views=views,
        more_images=max(0, len(results.images) - MOST_IMAGES),
        groups=groups,
        rows=row_data(rows, results.unit, {each.name: each.number for each in views}),
        items=report_items(results, statistics, views, software),
        provenance=provenance_groups(results.summary["provenance"]),
        quality=quality_table(results.images),
        software=software,
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
    )


def _pictures(results: Results, rows: pd.DataFrame, styles: Styles) -> tuple[list[ImageView], list[Group]]:
    """Pictures and single particles, with one picture at a time in memory."""
    gallery = Gallery(results, rows, styles)
    views = []
    count = min(len(results.images), MOST_IMAGES)
    for number, source in enumerate(sources(results)):
        gallery.take(source)
        of_image = rows[rows["image"] == source.name]
        views.append(view(shown(source, count), number, results.images.iloc[number], of_image, styles))
    return views, gallery.groups()
