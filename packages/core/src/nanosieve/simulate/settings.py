"""All that can be set of a simulated micrograph."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from nanosieve.kinds import Kind
from nanosieve.specs import Config

KINDS: tuple[Kind, ...] = get_args(Kind)
Arrangement = Literal["random", "chains", "clusters", "monolayer"]
ShapeClass = Literal[
    "sphere",
    "sphere-like",
    "cube",
    "rod",
    "circle",
    "triangle",
    "square",
    "pentagon",
    "hexagon",
    "star",
    "octahedron",
    "cross",
    "screw",
    "debris",
]

# Classes of Bals and Epple 2023, with how often each is drawn where the settings leave it open.
SE_CLASSES: dict[ShapeClass, float] = {"sphere": 3, "sphere-like": 2, "rod": 1, "cube": 1}
STEM_CLASSES: dict[ShapeClass, float] = {
    "circle": 3,
    "rod": 1,
    "triangle": 1,
    "square": 1,
    "pentagon": 1,
    "hexagon": 1,
}
# Shapes outside these classes, for any kind of picture; drawn only where the settings name them.
ODD_CLASSES: dict[ShapeClass, float] = {"star": 1, "octahedron": 1, "cross": 1, "screw": 1, "debris": 1}
AGGLOMERATE = "agglomerate"

# Grey of the ground, where the settings leave it open.
GROUND: dict[Kind, float] = {"se": 0.2, "stem_bf": 0.72, "stem_df": 0.1}


class SimulationSettings(Config):
    """Options of `nanosieve.simulate.simulate`; lengths in nm are those of the specimen."""

    height: int = Field(704, ge=32, le=20000, description="Height of the picture without data bar, px.")
    width: int = Field(1024, ge=32, le=20000, description="Width of the picture, px.")
    pixel_size_nm: float = Field(2.0, gt=0, description="Side of a pixel, nm.")

    diameter_nm: float = Field(
        80.0,
        gt=0,
        description="Median of the equivalent diameters (lognormal), nm; of agglomerates, their members'.",
    )
    spread: float = Field(1.15, ge=1, le=3, description="Geometric standard deviation of the diameters.")
    classes: dict[ShapeClass, float] = Field(
        default_factory=dict,
        description="How often each class is drawn, as {sphere = 3, rod = 1}; empty: all of the kind, none of the "
        "odd ones.",
    )
    agglomerates: float = Field(
        0.08, ge=0, le=0.9, description="Share of agglomerates, whose members cannot be told apart (STEM)."
    )
    irregularity: float = Field(
        0.06,
        ge=0,
        le=0.3,
        description="Deformation of sphere-like particles over their radius; a fifth for circles.",
    )
    elongation: float = Field(
        1.25, ge=1, le=4, description="Largest length over width of sphere-like crystals (SE)."
    )
    rounding: float = Field(
        0.12, ge=0.01, le=0.45, description="Radius of edges and corners over half the width of the shape."
    )
    plate_thickness: float = Field(
        0.4,
        gt=0,
        le=2,
        description="Mean thickness of plates and prisms over their equivalent diameter (STEM; SE: odd classes).",
    )

    coverage: float = Field(0.15, gt=0, le=1.5, description="Area of all particles over area of the picture.")
    arrangement: Arrangement = Field("clusters", description="How particles that touch others lie.")
    clustering: float = Field(0.4, ge=0, le=1, description="Share of particles that lie at another one.")
    cluster_size: float = Field(6, ge=2, description="Mean number of particles in a cluster or chain.")
    overlap: float = Field(
        0.1,
        ge=0,
        le=0.9,
        description="Largest share of its outline that a particle has over others where it is put.",
    )
    sintering: float = Field(
        0.0,
        ge=0,
        le=0.3,
        description="How deep a particle sinks into what it lies on, over its diameter (SE): 0 touches, more is fused.",
    )

    contrast: float = Field(
        0.6,
        gt=0,
        lt=1,
        description="SE: grey of the brightest edges over that of the ground. STEM: share of the beam that the "
        "middle of a median sphere takes away.",
    )
    brightness: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Grey of the ground; null: 0.2 (SE), 0.72 (bright field), 0.1 (dark field).",
    )
    variety: float = Field(
        0.06, ge=0, le=1, description="Spread of yield or absorption from particle to particle (geometric)."
    )
    surface: float = Field(
        0.03, ge=0, le=1, description="Texture of particles: roughness, or crystal contrast."
    )
    edge: float = Field(0.65, ge=0, le=1, description="Share of the SE contrast that tilt and edges make.")
    shadowing: float = Field(0.8, ge=0, le=4, description="How much crevices and contacts hold SE back.")
    side_light: float = Field(
        0.08, ge=0, le=1, description="How much brighter SE slopes to the detector are."
    )
    coating: float = Field(
        0.0, ge=0, le=0.5, description="Thickness of a faint shell over the radius (STEM)."
    )
    fringe: float = Field(
        0.0, ge=0, le=2, description="Strength of the bright line that defocus draws (STEM)."
    )

    ground: float = Field(0.1, ge=0, le=1, description="Relief of the ground, or grain of the film.")
    blotches: float = Field(
        0.1, ge=0, le=1, description="Wrinkles of the ground, or dried residue on the film."
    )
    unevenness: float = Field(0.05, ge=0, le=1, description="Slow change of brightness over the picture.")

    blur_px: float = Field(0.7, ge=0, le=10, description="Standard deviation of the beam's blur, px.")
    drift_px: float = Field(
        0.15, ge=0, le=5, description="Standard deviation of the shift of a row, px; the answer has none."
    )
    charging: float = Field(
        0.03, ge=0, le=1, description="Strength of streaks along the rows behind particles."
    )
    dose: float = Field(
        300, gt=0, description="Electrons a pixel at full brightness; shot noise is its root."
    )
    noise: float = Field(0.015, ge=0, le=0.5, description="Standard deviation of the detector's own noise.")
    noise_grain_px: float = Field(0.0, ge=0, le=5, description="How far noise spreads to neighbours, px.")
    data_bar: bool = Field(True, description="Put a data bar with a scale bar below the picture.")
    bits: Literal[8, 16] = Field(8, description="Bits a pixel.")

    @property
    def diameter_px(self) -> float:
        """Median equivalent diameter in px."""
        return self.diameter_nm / self.pixel_size_nm

    def ground_grey(self, kind: Kind) -> float:
        """Grey of the ground in [0, 1]."""
        return GROUND[kind] if self.brightness is None else self.brightness
