"""The accepted particles of a table, checked: what all statistics begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.errors import ResultsError, ScaleError
from nanosieve.measuring import EDGE_WEIGHT, Unit
from nanosieve.outline import FloatArray

# The sizes that have statistics of their own: ISO 9276-6, ISO 13322-1.
SIZES = ("equivalent_diameter", "feret_min", "feret_max")
PARTICLE_COLUMNS = ("image", "class", "accepted", "reason")
IMAGE_COLUMNS = ("image", "frame_y0", "frame_x0", "frame_y1", "frame_x1")
PIXEL_SIZES = ("pixel_size_nm", "pixel_size_y_nm")
OTHER: dict[Unit, Unit] = {"nm": "px", "px": "nm"}
# Pixel sizes that differ by less are one.
ALIKE = 1e-3


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """n accepted particles of a sample.

    Attributes
    ----------
    table : their rows
    images : one row an image, indexed by name, also those without particles
    image_of : ndarray of shape (n,), int64: row of `images` that each particle is of
    weights : ndarray of shape (n,), edge weights, NaN where undefined; None where they are not asked for
    pixel_sides : ndarray, one an image: side of a pixel in `unit`
    sizes : those of `SIZES` that the table has
    """

    table: pd.DataFrame
    images: pd.DataFrame
    image_of: NDArray[np.int64]
    weights: FloatArray | None
    pixel_sides: FloatArray
    unit: Unit
    sizes: tuple[str, ...]

    @property
    def corrected(self) -> bool:
        """Whether particles count by their edge weight."""
        return self.weights is not None and not np.isnan(self.weights).all()

    @property
    def counting(self) -> FloatArray:
        """How much each particle counts, shape (n,): its edge weight, NaN where undefined, or 1 without correction."""
        return self.weights if self.weights is not None and self.corrected else np.ones(len(self.table))

    def values(self, measure: str) -> FloatArray:
        """A size of each particle, shape (n,); NaN where it has none."""
        return self.table[f"{measure}_{self.unit}"].to_numpy(np.float64)


def accept(
    particles: pd.DataFrame, images: pd.DataFrame, unit: Unit, *, edge_correction: bool = True
) -> Accepted:
    """The accepted particles of a table that can be counted.

    Raises
    ------
    ScaleError
        If the table is in another unit, mixes nm and px, or lacks a pixel size that nm need.
    ResultsError
        If a column is missing, a size or an edge weight is impossible, or an image is not in `images`.
    """
    _need(particles, PARTICLE_COLUMNS, "particles")
    _need(images, IMAGE_COLUMNS, "images")
    sizes = _sizes(particles, unit)
    table = particles[particles["accepted"].astype(bool)].reset_index(drop=True)
    by_name = images.set_index("image")
    image_of = pd.Index(by_name.index).get_indexer(pd.Index(table["image"]))
    if (image_of < 0).any():
        missing = table["image"][image_of < 0].iloc[0]
        raise ResultsError(
            f"image {missing!r} has particles, but no row in the table of images; give both of one run"
        )
    _check_sizes(table, sizes, unit)
    return Accepted(
        table=table,
        images=by_name,
        image_of=image_of.astype(np.int64),
        weights=_weights(table) if edge_correction else None,
        pixel_sides=_pixel_sides(by_name, unit),
        unit=unit,
        sizes=sizes,
    )


def _need(table: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in table]
    if missing:
        raise ResultsError(
            f"the table of {name} has no column {', '.join(map(repr, missing))}; give tables that "
            "'nanosieve analyze' wrote"
        )


def _sizes(particles: pd.DataFrame, unit: Unit) -> tuple[str, ...]:
    other = OTHER[unit]
    strange = [f"{name}_{other}" for name in SIZES if f"{name}_{other}" in particles]
    sizes = tuple(name for name in SIZES if f"{name}_{unit}" in particles)
    if strange and sizes:
        raise ScaleError(
            f"the table has sizes in {unit} and in {other} ({sizes[0]}_{unit}, {strange[0]}): a sample has one unit; "
            "analyse its images again with the same --units"
        )
    if strange:
        raise ScaleError(
            f"sizes of the table are in {other} ({strange[0]!r}), not in {unit}; ask for {other}"
        )
    return sizes


def _check_sizes(table: pd.DataFrame, sizes: Sequence[str], unit: Unit) -> None:
    for name in sizes:
        column = f"{name}_{unit}"
        values = table[column].to_numpy(np.float64)
        wrong = ~np.isnan(values) & ~((values > 0) & np.isfinite(values))
        if wrong.any():
            raise ResultsError(
                f"{column} of an accepted particle of {table['image'][wrong].iloc[0]!r} is {values[wrong][0]:g}: a "
                "size is above 0 and finite; correct the table, or exclude the particle with a reason"
            )


def _weights(table: pd.DataFrame) -> FloatArray:
    if EDGE_WEIGHT not in table:
        raise ResultsError(
            f"the table of particles has no column {EDGE_WEIGHT!r}; analyse the images again, or do without with "
            "--no-edge-correction"
        )
    weights = table[EDGE_WEIGHT].to_numpy(np.float64)
    wrong = ~np.isnan(weights) & ~((weights >= 1) & np.isfinite(weights))
    if wrong.any():
        raise ResultsError(f"{EDGE_WEIGHT} is {weights[wrong][0]:g}, but no weight is below 1 or infinite")
    return weights


def _pixel_sides(images: pd.DataFrame, unit: Unit) -> FloatArray:
    if unit == "px":
        return np.ones(len(images))
    _need(images, PIXEL_SIZES, "images")
    sides = images[list(PIXEL_SIZES)].to_numpy(np.float64)
    for name, row in zip(images.index, sides, strict=True):
        if not (row > 0).all():
            raise ScaleError(
                f"image {name!r} has no pixel size, so its sizes cannot be in nm; analyse it in px"
            )
    side: FloatArray = np.sqrt(sides.prod(axis=1))
    return side


def pixel_sizes_differ(images: pd.DataFrame) -> bool:
    """Whether images have pixels of different sizes, as far as that is known."""
    if not set(PIXEL_SIZES) <= set(images):
        return False
    sides = images[list(PIXEL_SIZES)].to_numpy(np.float64)
    known = sides[~np.isnan(sides).any(axis=1)]
    return bool(len(known) and (known.max(axis=0) > known.min(axis=0) * (1 + ALIKE)).any())
