"""The options of the classifier `geometry`."""

from pydantic import Field

from nanosieve import Config


class GeometryConfig(Config):
    """Options of the classifier `geometry`."""

    roughness_px: float = Field(
        0.3,
        gt=0,
        description="How far in px (root mean square) an outline may stray from its ideal shape by noise.",
    )
    deformation: float = Field(
        0.012, ge=0, description="How far it may stray by nature, as a share of the equivalent diameter."
    )
    rod_aspect: float = Field(
        0.8, gt=0, lt=1, description="Rectangles and ellipses with a smaller width over length are rods."
    )
