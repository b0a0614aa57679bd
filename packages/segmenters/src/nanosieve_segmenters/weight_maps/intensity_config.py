"""The options of the weight map `intensity`."""

from pydantic import Field

from nanosieve_segmenters.weight_maps.distance_config import DistanceConfig


class IntensityConfig(DistanceConfig):
    """Options of the weight map `intensity`; the defaults are those of Bals and Epple 2023, eqn 1."""

    gamma: float = Field(2, ge=0, description="Weight that the brightest ground has more than the darkest.")
