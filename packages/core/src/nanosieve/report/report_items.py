"""What a complete report names, after ISO 13322-1, ISO 19749 and ISO 21363; what nobody said is shown as missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from nanosieve.report.image_views import ImageView
from nanosieve.report.numbers import plain
from nanosieve.report.results import Results
from nanosieve.statistics.results import SampleStatistics

# What the user gives with --about, for what files do not say.
ABOUT = {
    "sample": "Sample",
    "preparation": "Preparation",
    "instrument": "Instrument",
    "mode": "Mode and detector",
    "voltage": "Accelerating voltage",
    "working distance": "Working distance",
    "magnification": "Magnification",
    "date": "Date of the micrographs",
    "operator": "Operator",
}
# Which column of the images answers where the user said nothing, and its unit.
STATED = {
    "instrument": ("instrument", ""),
    "mode": ("detector", ""),
    "voltage": ("voltage_kv", "kV"),
    "working distance": ("working_distance_mm", "mm"),
    "magnification": ("microscope_magnification", "x"),
    "date": ("recorded", ""),
}
PROVED = Markup("{} in the <a href='#provenance'>provenance</a>")


@dataclass(frozen=True)
class Item:
    """One item; the value is "" where it was not given, and `hint` then says how to give it."""

    name: str
    value: str | Markup
    hint: str = ""


def report_items(
    results: Results, statistics: SampleStatistics, views: Sequence[ImageView], software: str
) -> list[Item]:
    """All items, those without a value included.

    Parameters
    ----------
    software : name and version of what made the report
    """
    provenance = results.summary["provenance"]
    about: Mapping[str, str] = provenance.get("about", {})
    known = [
        Item("Pixel size", _pixel_sizes(results), "give --pixel-size"),
        Item("Uncertainty of the pixel size", _calibration(statistics), "--calibration-uncertainty PERCENT"),
        Item("Images", PROVED.format(f"{len(results.images)}; each with its SHA-256")),
        Item("Data bar", _data_bars(views)),
        Item("Segmenter", _tool(provenance["segmenter"])),
        Item("Classifier", _tool(provenance["classifier"])),
        Item("Outline", _outlines(results)),
        Item("Counting and exclusion rules", _rules(provenance["rules"])),
        Item("Edge correction", _edge_correction(statistics)),
        Item("Particles", _counts(statistics)),
        Item("Distributions by number and volume, quantiles, moments", _link("distribution")),
        Item("Fits and their goodness", _link("fits")),
        Item("Distributions of shapes", _link("shapes")),
        Item("Analysis of variance between images", _link("precision")),
        Item("Uncertainty budget", _link("budget")),
        Item("Excluded against included particles", _link("balance")),
        Item("Quality of the images", _link("quality")),
        Item("Edits by hand", "none: outlines and classes are as the models gave them"),
        Item("Software", PROVED.format(f"{software}; all versions")),
    ]  # fmt: skip
    given = [
        Item(title, about.get(key) or _stated(results.images, key), f'--about "{key}=..."')
        for key, title in ABOUT.items()
    ]
    others = [Item(key, value) for key, value in about.items() if key not in ABOUT]
    return [*given, *others, *known]


def _stated(images: pd.DataFrame, key: str) -> str:
    """What the files say, "" where no file does; other images may say nothing."""
    column, unit = STATED.get(key, ("", ""))
    if column not in images:
        return ""
    stated = Counter(
        f"{value:.6g} {unit}" if unit else str(value) for value in images[column].dropna() if value != ""
    )
    if not stated:
        return ""
    if len(stated) == 1 and stated.total() == len(images):
        return f"{next(iter(stated))}, by the files"
    return "; ".join(f"{value} ({count} image(s))" for value, count in stated.items()) + ", by the files"


def _pixel_sizes(results: Results) -> str:
    images = results.images
    if images["pixel_size_nm"].isna().all():
        return "" if results.unit == "nm" else "none; all lengths are in px"
    sizes = Counter(
        f"{plain(image['pixel_size_nm'], 6)} nm in x, {plain(image['pixel_size_y_nm'], 6)} nm in y, "
        f"{image['pixel_size_source']}, confidence {image['pixel_size_confidence']}"
        for image in images.to_dict("records")
    )
    return "; ".join(f"{size}, {count} image(s)" for size, count in sizes.items())


def _calibration(statistics: SampleStatistics) -> str:
    for size in statistics.sizes.values():
        for budget in size.budgets.values():
            for entry in budget.entries:
                if entry.name == "calibration":
                    return entry.source
    return ""


def _data_bars(views: Sequence[ImageView]) -> str:
    heights = Counter(view.data_bar_px for view in views if view.data_bar_px)
    if not heights:
        return "none found; the whole picture was analysed"
    return "; ".join(f"{rows} rows cut off below in {count} image(s)" for rows, count in heights.items())


def _tool(tool: Mapping[str, Any] | None) -> str:
    if tool is None:
        return "none"
    parts = [f"{tool['name']} ({tool['distribution']} {tool['version']})", tool.get("model", "")]
    digest = tool.get("model_digest", "")
    return ", ".join([*filter(None, parts), *([f"digest {digest}"] if digest else [])])


def _outlines(results: Results) -> str:
    meaning = {
        "subpixel": "0.5 contour of the foreground map, to a fraction of a pixel",
        "pixel_edges": "edges of pixels, perimeter by Crofton's formula",
    }
    return "; ".join(meaning.get(each, each) for each in results.images["geometry"].unique())


def _rules(rules: Mapping[str, Any]) -> str:
    kept = [
        "complete particles only" if rules["edge"] else "particles at the edge count too",
        "none that touches a masked part" if rules["masked"] else "particles at masked parts count too",
        f"equivalent diameter of at least {rules['min_diameter_px']:g} px",
        f"class with a probability of at least {rules['confidence']:g}",
        f"not sized: {', '.join(rules['excluded_classes']) or 'no class'}",
        f"no shape below {rules['min_shape_diameter_px']:g} px",
        "outlines moved by what the model's card says of its boundary"
        if rules.get("correct_boundary")
        else "outlines where the model puts them",
        "noise taken off outlines" if rules.get("remove_outline_noise") else "outlines as noisy as they are",
    ]
    return "; ".join(kept)


def _edge_correction(statistics: SampleStatistics) -> str:
    if statistics.edge_correction:
        return "Miles-Lantuejoul weights in all figures; the figures without them stand beside"
    return "none"


def _counts(statistics: SampleStatistics) -> str:
    balance = statistics.balance
    weighted = "" if balance.weighted is None else f", {plain(balance.weighted, 5)} by edge weight"
    return (
        f"{balance.detected} detected, {balance.accepted} accepted{weighted}, in {statistics.images} image(s)"
    )


def _link(section: str) -> Markup:
    return Markup("<a href='#{}'>above</a>").format(section)
