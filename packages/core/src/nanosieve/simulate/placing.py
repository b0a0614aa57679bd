"""Where particles lie: apart, or touching one another."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from nanosieve.simulate.bodies import SE_CLASSES, STEM_CLASSES, Body, make_body
from nanosieve.simulate.settings import Kind, SimulationSettings

AGGLOMERATE = "agglomerate"
# Tries to find a free place before a particle may lie upon others.
TRIES = 30


@dataclass(frozen=True)
class Placed:
    """One particle: a body, or, of an agglomerate, several."""

    name: str
    bodies: tuple[Body, ...]


def place(kind: Kind, settings: SimulationSettings, rng: np.random.Generator) -> list[Placed]:
    """Draw sizes, classes and places until the picture is covered as wanted; some reach over its edge."""
    median = settings.diameter_nm / settings.pixel_size_nm
    wanted = settings.coverage * settings.height * settings.width
    known = SE_CLASSES if kind == "se" else STEM_CLASSES
    classes = tuple(name for name in settings.classes if name in known) or known
    placed: list[Placed] = []
    circles: list[tuple[float, float, float]] = []
    covered = 0.0
    while covered < wanted:
        diameter = (
            float(rng.lognormal(np.log(median), np.log(settings.spread))) if settings.spread > 1 else median
        )
        lumped = kind != "se" and rng.random() < settings.agglomerates
        name = AGGLOMERATE if lumped else str(rng.choice(classes, p=_shares(classes)))
        reach = diameter * (1.3 if lumped else 0.62)
        x, y = _place(reach, settings, circles, rng)
        placed.append(
            Placed(name, _lump(x, y, diameter, rng) if lumped else (make_body(name, x, y, diameter, rng),))
        )
        circles.append((x, y, reach))
        covered += pi * diameter**2 / 4 * (len(placed[-1].bodies) if lumped else 1)
    return placed


def _shares(classes: tuple[str, ...]) -> list[float]:
    """Round particles are the commonest."""
    weights = [3.0 if name in ("sphere", "circle") else 1.0 for name in classes]
    return [weight / sum(weights) for weight in weights]


def _place(
    reach: float,
    settings: SimulationSettings,
    circles: list[tuple[float, float, float]],
    rng: np.random.Generator,
) -> tuple[float, float]:
    known = np.array(circles).reshape(-1, 3)
    x = y = 0.0
    attach = bool(circles) and rng.random() < settings.clustering
    for _ in range(TRIES):
        if attach:
            ox, oy, other = circles[int(rng.integers(len(circles)))]
            angle = rng.uniform(0, 2 * pi)
            distance = (other + reach) * (1 - settings.overlap * rng.random()) * 0.82
            x, y = ox + distance * cos(angle), oy + distance * sin(angle)
        else:
            x, y = (
                float(rng.uniform(-0.3 * reach, size + 0.3 * reach))
                for size in (settings.width, settings.height)
            )
        gaps = np.hypot(known[:, 0] - x, known[:, 1] - y) - (known[:, 2] + reach) * (
            (1 - settings.overlap) * 0.82 if attach else 1.02
        )
        inside = -reach < x < settings.width + reach and -reach < y < settings.height + reach
        if inside and (gaps >= -1e-6).all():
            break
    return x, y


def _lump(x: float, y: float, diameter: float, rng: np.random.Generator) -> tuple[Body, ...]:
    """Three to seven touching spheres."""
    sphere = diameter * 0.75
    places = [(x, y)]
    for _ in range(int(rng.integers(2, 7))):
        for _ in range(TRIES):
            ox, oy = places[int(rng.integers(len(places)))]
            angle = rng.uniform(0, 2 * pi)
            new = (ox + 0.93 * sphere * cos(angle), oy + 0.93 * sphere * sin(angle))
            if all((new[0] - px) ** 2 + (new[1] - py) ** 2 > (0.9 * sphere) ** 2 for px, py in places):
                places.append(new)
                break
    return tuple(make_body("circle", px, py, sphere * float(rng.normal(1, 0.05)), rng) for px, py in places)
