"""The list of segmenters and weight maps that this package offers."""

from collections.abc import Iterable

from nanosieve import SegmenterSpec, WeightMapSpec, hookimpl
from nanosieve_segmenters.threshold_config import ThresholdConfig
from nanosieve_segmenters.weight_maps.distance_config import DistanceConfig


@hookimpl
def nanosieve_segmenters() -> Iterable[SegmenterSpec]:
    yield SegmenterSpec(
        name="threshold",
        summary="Threshold, watershed at necks, edge at half height; needs no training.",
        build="nanosieve_segmenters.threshold:build",
        config=ThresholdConfig,
    )


@hookimpl
def nanosieve_weight_maps() -> Iterable[WeightMapSpec]:
    yield WeightMapSpec(
        name="uniform",
        summary="Every pixel counts the same.",
        compute="nanosieve_segmenters.weight_maps.uniform:compute",
    )
    yield WeightMapSpec(
        name="distance",
        summary="Narrow gaps between particles count more.",
        compute="nanosieve_segmenters.weight_maps.distance:compute",
        config=DistanceConfig,
    )
