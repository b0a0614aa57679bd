"""The options of the weight map `distance`."""

from pydantic import Field

from nanosieve import Config


class DistanceConfig(Config):
    """Options of the weight map `distance`; the defaults are those of Bals and Epple 2023, eqn 1."""

    w0: float = Field(10, ge=0, description="Weight in the narrowest gap, above 1.")
    sigma: float = Field(7, gt=0, description="How fast the weight falls with the width of the gap, in px.")
