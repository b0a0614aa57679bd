"""Where particles lie: apart, in chains, clusters and monolayers, or piled up."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.kinds import Kind
from nanosieve.simulate.particle import Particle, class_shares, draw_particle
from nanosieve.simulate.settings import SimulationSettings
from nanosieve.simulate.solids import FloatArray
from nanosieve.values import FloatImage

# Places tried for a particle before the one with least overlap is taken.
TRIES = 40
# Towards contact, over the distance at which the bounding lines touch.
APPROACH = np.linspace(1.0, 0.55, 16)
# Points that stand for a particle where overlap is tested.
GRID, RIM = 10, 48
# How much a chain may bend from one particle to the next, rad.
BEND = 0.5


@dataclass(frozen=True, eq=False)
class Placed:
    """A particle in the picture: its centre (x, y) in px and z in px above the level ground."""

    particle: Particle
    x: float
    y: float
    z: float

    @property
    def outline(self) -> FloatArray:
        """Around all of it, seen from above, shape (n, 2), (x, y) in px."""
        return np.asarray(self.particle.outline + np.array([self.x, self.y]))


def place(
    kind: Kind, settings: SimulationSettings, ground: FloatImage, rng: np.random.Generator
) -> list[Placed]:
    """Draw particles and put them down until the picture is covered as wanted; some reach over its edge.

    Parameters
    ----------
    ground : ndarray of shape (H, W), height of the ground in px; SE particles come down on it, or on others

    Raises
    ------
    UsageError
        If the settings name a class that this kind of picture does not have.
    """
    shares = class_shares(kind, settings)
    stage = Stage(settings, ground)
    wanted = settings.coverage * stage.area
    covered = 0.0
    while covered < wanted:
        particle = draw_particle(shares, settings, scanning=kind == "se", rng=rng)
        x, y = _find_place(particle, stage, settings, rng)
        z = stage.rest(particle, x, y) if kind == "se" else 0.0
        stage.add(Placed(particle, x, y, z))
        covered += particle.area
    return stage.placed


@dataclass
class Stage:
    """The ground with what lies on it, some way beyond the picture too."""

    settings: SimulationSettings
    ground: FloatImage
    placed: list[Placed] = field(default_factory=list)
    cluster: list[Placed] = field(default_factory=list)
    heading: float = 0.0

    def __post_init__(self) -> None:
        self.margin = int(np.ceil(self.settings.diameter_px))
        self.surface: FloatImage = np.pad(self.ground, self.margin, mode="symmetric")
        self.occupied: NDArray[np.uint8] = np.zeros(self.surface.shape, np.uint8)

    @property
    def area(self) -> int:
        """Of all of the stage, px^2."""
        return int(self.surface.size)

    def overlap(self, points: FloatArray) -> float:
        """Share of the points that lie on a particle; 1 where most are beyond the stage."""
        columns, rows = (np.rint(points).astype(int) + self.margin).T
        height, width = self.surface.shape[0], self.surface.shape[1]
        within = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        if within.mean() < 0.5:
            return 1.0
        return float(self.occupied[rows[within], columns[within]].mean())

    def rest(self, particle: Particle, x: float, y: float) -> float:
        """Height at which a particle that comes down from above is stopped (ballistic deposition), and sinks in."""
        part = particle.parts[0].solid
        outline = particle.outline + np.array([x, y])
        low = np.maximum(np.floor(outline.min(axis=0)).astype(int), -self.margin)
        shape = np.array(self.ground.shape[::-1]) + self.margin
        high = np.minimum(np.ceil(outline.max(axis=0)).astype(int) + 1, shape)
        if (high <= low).any():
            return 0.0
        columns, rows = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
        dx, dy = columns - x, rows - y
        inside = part.inside(dx, dy) > 0
        if not inside.any():
            return 0.0
        bottom, top = part.heights(dx[inside], dy[inside])
        there = (rows[inside] + self.margin, columns[inside] + self.margin)
        z = float((self.surface[there] - bottom).max()) - self.settings.sintering * particle.diameter
        self.surface[there] = np.maximum(self.surface[there], (top + z).astype(np.float32))
        return z

    def add(self, placed: Placed) -> None:
        """Keep a particle, in its cluster too."""
        self.placed.append(placed)
        self.cluster.append(placed)
        corners = np.rint(placed.outline + self.margin).astype(np.int32)
        cv2.fillPoly(self.occupied, [corners], 1)


def _find_place(
    particle: Particle, stage: Stage, settings: SimulationSettings, rng: np.random.Generator
) -> tuple[float, float]:
    points = _stand_ins(particle)
    goes_on = settings.clustering > 0 and len(stage.cluster) > 0 and rng.random() < _going_on(settings)
    if not goes_on:
        stage.cluster.clear()
        stage.heading = float(rng.uniform(0, 2 * pi))
    best, least = (0.0, 0.0), np.inf
    for _ in range(TRIES):
        if goes_on:
            x, y = _beside(particle, points, stage, settings, rng)
        else:
            margin = stage.margin
            x, y = (float(rng.uniform(-margin, size + margin)) for size in (settings.width, settings.height))
        overlap = stage.overlap(points + np.array([x, y]))
        allowed = settings.overlap if goes_on else 0.0
        # in a monolayer the place nearest to the others, elsewhere the first that is free
        cost = max(overlap - allowed, 0.0) * 1e6
        if settings.arrangement == "monolayer" and goes_on:
            cost += float(np.hypot(x - stage.cluster[0].x, y - stage.cluster[0].y))
        if cost < least:
            best, least = (x, y), cost
        if least == 0:
            break
    return best


def _going_on(settings: SimulationSettings) -> float:
    """Chance that a cluster grows, so that its mean number of particles and the share of clustered ones come out."""
    alone = 1 - settings.clustering
    groups = alone + settings.clustering / settings.cluster_size
    return 1 - groups


def _beside(
    particle: Particle,
    points: NDArray[np.float64],
    stage: Stage,
    settings: SimulationSettings,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """A place where a particle touches one of the cluster, or reaches over it as far as may be."""
    if settings.arrangement == "chains":
        anchor = stage.cluster[-1]
        angle = stage.heading = stage.heading + float(rng.normal(0, BEND))
    else:
        anchor = stage.cluster[int(rng.integers(len(stage.cluster)))]
        angle = float(rng.uniform(0, 2 * pi))
    apart = anchor.particle.reach(angle) + particle.reach(angle + pi)
    allowed = settings.overlap * float(rng.random())
    x, y = anchor.x, anchor.y
    for share in APPROACH:
        nearer = anchor.x + share * apart * cos(angle), anchor.y + share * apart * sin(angle)
        if share < 1 and stage.overlap(points + np.array(nearer)) > allowed:
            break
        x, y = nearer
    return x, y


def _stand_ins(particle: Particle) -> FloatArray:
    """Points evenly over a particle and along its outline."""
    low, high = particle.outline.min(axis=0), particle.outline.max(axis=0)
    steps = (np.arange(GRID) + 0.5) / GRID
    x, y = (values.ravel() for values in np.meshgrid(*(low + (high - low) * steps[:, None]).T))
    inside = particle.inside(x, y) > 0
    rim = particle.outline[:: max(1, len(particle.outline) // RIM)]
    return np.concatenate([np.stack([x[inside], y[inside]], axis=1), rim])
