"""A simulated micrograph, and the exact answer."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanosieve.simulate.beam import secondary_electrons, transmitted
from nanosieve.simulate.bodies import FloatArray
from nanosieve.simulate.detector import add_data_bar, detect, to_integers
from nanosieve.simulate.placing import Placed, place
from nanosieve.simulate.scene import build_scene, owners
from nanosieve.simulate.settings import Kind, SimulationSettings
from nanosieve.values import Polarity

# A particle of which less can be seen is "covered".
LEAST_VISIBLE = 0.8


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A micrograph and all that is true of it.

    Attributes
    ----------
    kind : ``"se"``, ``"stem_bf"`` or ``"stem_df"``
    pixels : ndarray of shape (H + bar, W), uint8 or uint16
    labels : ndarray of shape (H, W), int32: visible parts, 0 ground, 1 to n without gaps
    coverage : ndarray of shape (H, W), float32 in [0, 1]: share of each pixel that particles cover
    particles : one row a label: label, class, drawn_class, x_px, y_px, equivalent_diameter_nm, feret_max_nm,
        feret_min_nm, visible_share, touches_edge; sizes are those of the full outline
    outlines : full outline of each label, (k, 2) px, (x, y); of an agglomerate those of its members, one after the
        other
    """

    kind: Kind
    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    labels: NDArray[np.int32]
    coverage: NDArray[np.float32]
    particles: pd.DataFrame
    outlines: tuple[tuple[FloatArray, ...], ...]
    settings: SimulationSettings
    seed: int

    @property
    def polarity(self) -> Polarity:
        """Whether particles are brighter or darker than the ground."""
        return "dark" if self.kind == "stem_bf" else "bright"


def simulate(kind: Kind, settings: SimulationSettings | None = None, seed: int = 0) -> Simulated:
    """Make a micrograph; the same settings and seed give the same pixels.

    Parameters
    ----------
    kind : secondary electrons, or transmission in bright or dark field
    settings : all defaults unless given
    """
    settings = settings or SimulationSettings()
    rng = np.random.default_rng([seed, ("se", "stem_bf", "stem_df").index(kind)])
    placed = place(kind, settings, rng)
    scene = build_scene(placed, settings.height, settings.width, stacked=kind == "se")
    scanning = kind == "se"
    signal = (
        secondary_electrons(scene, settings, rng) if scanning else transmitted(scene, kind, settings, rng)
    )
    picture = detect(signal, settings, rng)
    if settings.data_bar:
        picture = add_data_bar(picture, settings)
    labels, coverage = owners(scene.owner)
    present = np.flatnonzero(np.bincount(labels.ravel(), minlength=len(placed) + 1)[1:]) + 1
    renumber = np.zeros(len(placed) + 1, np.int32)
    renumber[present] = np.arange(1, len(present) + 1)
    visible = np.bincount(scene.owner.ravel(), minlength=len(placed) + 1)[1:] * labels.size / scene.owner.size
    shares = visible / np.maximum(scene.full_areas, 1e-9)
    shown = [placed[index - 1] for index in present]
    rows = [
        _row(number, particle, float(shares[index - 1]), float(scene.full_areas[index - 1]), settings)
        for number, (index, particle) in enumerate(zip(present, shown, strict=True), 1)
    ]
    return Simulated(
        kind=kind,
        pixels=to_integers(picture, settings.bits),
        labels=renumber[labels],
        coverage=coverage,
        particles=pd.DataFrame(rows, columns=list(COLUMNS)),
        outlines=tuple(tuple(body.outline() for body in particle.bodies) for particle in shown),
        settings=settings,
        seed=seed,
    )


COLUMNS = (
    "label",
    "class",
    "drawn_class",
    "x_px",
    "y_px",
    "equivalent_diameter_nm",
    "feret_max_nm",
    "feret_min_nm",
    "visible_share",
    "touches_edge",
)


def _row(
    number: int, particle: Placed, share: float, area_px: float, settings: SimulationSettings
) -> dict[str, object]:
    points = np.concatenate([body.outline() for body in particle.bodies])
    low, high = points.min(axis=0), points.max(axis=0)
    edge = (low < -0.5).any() or (high > (settings.width - 0.5, settings.height - 0.5)).any()
    # members overlap: their common area is counted on the fine grid, and lacks what is beyond the picture
    lumped = len(particle.bodies) > 1
    diameter = float(np.sqrt(4 * area_px / np.pi)) if lumped else particle.bodies[0].diameter
    feret_max, feret_min = _feret(points)
    return {
        "label": number,
        "class": particle.name if share >= LEAST_VISIBLE else "covered",
        "drawn_class": particle.name,
        "x_px": float(np.mean([body.x for body in particle.bodies])),
        "y_px": float(np.mean([body.y for body in particle.bodies])),
        "equivalent_diameter_nm": diameter * settings.pixel_size_nm,
        "feret_max_nm": feret_max * settings.pixel_size_nm,
        "feret_min_nm": feret_min * settings.pixel_size_nm,
        "visible_share": min(share, 1.0),
        "touches_edge": bool(edge),
    }


def _feret(points: FloatArray) -> tuple[float, float]:
    """Largest and smallest caliper width of the hull."""
    hull = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    sides = np.roll(hull, -1, axis=0) - hull
    lengths = np.hypot(*sides.T)
    normals = sides[lengths > 1e-6][:, ::-1] * (-1, 1) / lengths[lengths > 1e-6, None]
    along = hull @ normals.T
    largest = np.hypot(*(hull[:, None] - hull[None]).transpose(2, 0, 1)).max()
    return float(largest), float(np.ptp(along, axis=0).min())
