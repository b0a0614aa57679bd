"""A simulated micrograph and the exact answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.kinds import Kind
from nanosieve.simulate.data_bar import draw_data_bar
from nanosieve.simulate.detector import quantised, record
from nanosieve.simulate.placing import Placed, place
from nanosieve.simulate.polygons import centroid, feret
from nanosieve.simulate.scanning import relief, secondary_electrons
from nanosieve.simulate.scene import Scene, build_scene
from nanosieve.simulate.settings import KINDS, SimulationSettings
from nanosieve.simulate.solids import FloatArray
from nanosieve.simulate.transmission import transmitted
from nanosieve.values import FloatImage, LabelImage, Polarity

# A particle of which less can be seen, in transmission told from others, is "covered": with a tenth of its area hidden
# the diameter is 5 % too small.
LEAST_VISIBLE = 0.9
COLUMNS = (
    "label",
    "class",
    "drawn_class",
    "x_px",
    "y_px",
    "area_nm2",
    "equivalent_diameter_nm",
    "feret_max_nm",
    "feret_min_nm",
    "visible_share",
    "touches_edge",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulated:
    """A micrograph and all that is true of it.

    Coordinates are (x, y) in px, the origin in the centre of the top-left pixel.

    Attributes
    ----------
    kind : ``"se"``, ``"stem_bf"`` or ``"stem_df"``
    pixels : ndarray of shape (H + data bar, W), uint8 or uint16
    labels : ndarray of shape (H, W), int32: visible parts, 0 ground, 1 to n without gaps; a pixel is a particle's
        where at least half of it is covered
    coverage : ndarray of shape (H, W), float32 in [0, 1]: share of each pixel that particles cover
    particles : one row a label: ``label``; ``class``, ``"covered"`` where `visible_share` is below 0.9;
        ``drawn_class``, the class without that; of the full outline the centroid ``x_px``, ``y_px``, and
        ``area_nm2``, ``equivalent_diameter_nm``, ``feret_max_nm``, ``feret_min_nm``; ``visible_share`` of what
        lies in the picture, in transmission the share that no particle as dark has too;
        ``touches_edge``, whether the outline reaches the picture's edge
    outlines : full outline of each label, hidden parts included, shape (k, 2); the last point is not the first again
    settings, seed : what it was made from
    """

    kind: Kind
    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    labels: LabelImage
    coverage: FloatImage
    particles: pd.DataFrame
    outlines: tuple[FloatArray, ...]
    settings: SimulationSettings
    seed: int

    @property
    def polarity(self) -> Polarity:
        """Whether particles are brighter or darker than the ground."""
        return "dark" if self.kind == "stem_bf" else "bright"

    @property
    def pixel_size_nm(self) -> float:
        """Side of a pixel, nm."""
        return self.settings.pixel_size_nm

    @property
    def data_bar_rows(self) -> int:
        """Height of the data bar below the micrograph, px."""
        return int(self.pixels.shape[0] - self.labels.shape[0])


def simulate(kind: Kind, settings: SimulationSettings | None = None, seed: int = 0) -> Simulated:
    """Make a micrograph; the same kind, settings and seed give the same bytes.

    A particle that is hidden altogether, or lies beyond the picture, is not in the answer.

    Parameters
    ----------
    kind : secondary electrons, or transmission in bright or dark field
    settings : all defaults unless given

    Raises
    ------
    UsageError
        If the settings name a class that this kind of picture does not have.
    """
    settings = settings or SimulationSettings()
    scanning = kind == "se"
    # one stream for what is there and one for how it is seen: more noise does not move the particles
    seeds = np.random.SeedSequence([seed, KINDS.index(kind)]).spawn(2)
    specimen, seen = (np.random.default_rng(each) for each in seeds)
    ground = relief(settings, specimen)
    placed = place(kind, settings, ground, specimen)
    scene = build_scene(placed, ground, scanning=scanning, coating=settings.coating)
    if scanning:
        strengths = np.array([each.particle.strength for each in placed])
        signal = secondary_electrons(scene, ground, settings, strengths, seen)
    else:
        signal = transmitted(scene, kind, settings, seen)
    picture = record(signal, settings, seen)
    if settings.data_bar:
        picture = np.vstack([picture, draw_data_bar(kind, settings)])
    counts = np.bincount(scene.labels.ravel(), minlength=len(placed) + 1)
    shown = np.flatnonzero(counts[1:])
    number = np.zeros(len(placed) + 1, np.int32)
    number[shown + 1] = np.arange(1, len(shown) + 1)
    return Simulated(
        kind=kind,
        pixels=quantised(picture, settings.bits),
        labels=number[scene.labels],
        coverage=scene.coverage,
        particles=_table(placed, shown, scene, settings),
        outlines=tuple(placed[index].outline for index in shown),
        settings=settings,
        seed=seed,
    )


def _table(
    placed: Sequence[Placed], shown: NDArray[np.intp], scene: Scene, settings: SimulationSettings
) -> pd.DataFrame:
    rows = []
    nm = settings.pixel_size_nm
    for label, index in enumerate(shown, 1):
        each = placed[index]
        visible = min(float(scene.visible[index] / scene.full[index]), 1.0)
        largest, smallest = feret(each.particle.outline)
        x, y = centroid(each.outline)
        low, high = each.outline.min(axis=0), each.outline.max(axis=0)
        beyond = (low <= -0.5).any() or (high >= (settings.width - 0.5, settings.height - 0.5)).any()
        row = {
            "label": label,
            "class": each.particle.drawn_class if visible >= LEAST_VISIBLE else "covered",
            "drawn_class": each.particle.drawn_class,
            "x_px": x,
            "y_px": y,
            "area_nm2": each.particle.area * nm**2,
            "equivalent_diameter_nm": sqrt(4 * each.particle.area / pi) * nm,
            "feret_max_nm": largest * nm,
            "feret_min_nm": smallest * nm,
            "visible_share": visible,
            "touches_edge": bool(beyond),
        }
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))
