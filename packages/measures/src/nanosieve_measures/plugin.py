"""The list of measures that this package offers."""

from collections.abc import Iterable
from typing import Any, Literal, cast

from nanosieve import Measure, hookimpl

ISO_SHAPE = "ISO 9276-6"
ISO_IMAGE = "ISO 13322-1"
PAPER = "Bals and Epple, RSC Adv. 2023, 13, 2795"
CORNERED = ("triangle", "square", "pentagon", "hexagon", "rod")
EDGED = ("triangle", "square", "pentagon", "hexagon")
ROD = ("rod",)
Group = Literal["size", "shape", "grey", "position"]


def _size(name: str, summary: str, source: str, dimension: int = 1, **more: Any) -> Measure:
    return _measure("size", name, summary, source, dimension=dimension, **more)


def _shape(name: str, summary: str, source: str = ISO_SHAPE) -> Measure:
    return _measure("shape", name, summary, source, upper=1)


def _measure(
    module: str, name: str, summary: str, source: str, group: Group | None = None, **more: Any
) -> Measure:
    return Measure(
        name=name,
        summary=summary,
        source=source,
        per="image",
        compute=f"nanosieve_measures.{module}:{name}",
        group=group or cast(Group, module),
        **more,
    )


@hookimpl
def nanosieve_measures() -> Iterable[Measure]:
    yield _size("equivalent_diameter", "Diameter of the disc of equal area.", ISO_SHAPE)
    yield _size(
        "threshold_spread",
        "Half of the difference of the equivalent diameters at the contours 0.3 and 0.7 of the foreground map.",
        "ISO 13322-1, threshold",
    )
    yield _size("area", "Projected area.", ISO_SHAPE, 2)
    yield _size("feret_max", "Largest caliper width.", ISO_IMAGE)
    yield _size("feret_min", "Smallest caliper width.", ISO_IMAGE)
    yield _size("feret_90", "Caliper width perpendicular to the largest.", ISO_SHAPE)
    yield _size("perimeter", "Length of the outline.", ISO_SHAPE)
    yield _size("hull_area", "Area of the convex hull.", ISO_SHAPE, 2)
    yield _shape("circularity", "Root of 4 pi A / P^2, 1 for a disc.")
    yield _shape(
        "form_factor", "4 pi A / P^2, 1 for a disc; ImageJ's circularity.", "Cox, J. Paleontol. 1927, 1, 179"
    )
    yield _shape("aspect_ratio", "Smallest over largest Feret diameter.")
    yield _shape("ellipse_ratio", "Minor over major axis of the ellipse with equal second moments.")
    yield _shape("solidity", "Area over area of the convex hull.")
    yield _shape("convexity", "Perimeter of the convex hull over perimeter.")
    yield _shape("roundness", "4 A / (pi xFmax^2).")
    yield _shape("compactness", "Root of the roundness.")
    yield _shape("extent", "A / (xFmax xFmin).")
    yield _measure(
        "grey", "mean_grey", "Mean grey value of the scaled micrograph.", "mean of pixels", upper=1
    )
    yield _measure(
        "position", "centroid_x", "Mean x, from the left.", "mean of pixels", dimension=1, lower=None
    )
    yield _measure(
        "position", "centroid_y", "Mean y, from the top.", "mean of pixels", dimension=1, lower=None
    )
    yield _edge("edge_length", "Mean edge, from sides fitted to the outline.", EDGED)
    yield _edge("feret_max_restored", "Largest caliper width with the corners restored.", CORNERED)
    yield _edge("feret_min_restored", "Smallest caliper width with the corners restored.", CORNERED)
    yield _edge("rod_length", "Length of a rod with sharp or round ends.", ROD)
    yield _edge("rod_width", "Width of a rod with sharp or round ends.", ROD)
    yield _edge("rod_width_paper", "Width of a rod as A / xFmax.", ROD, PAPER)


def _edge(
    name: str, summary: str, classes: tuple[str, ...], source: str = "straight sides, intersected"
) -> Measure:
    return _measure("edges", name, summary, source, group="size", dimension=1, classes=classes)
