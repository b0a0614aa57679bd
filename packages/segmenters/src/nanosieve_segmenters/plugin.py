"""The list of segmenters and weight maps that this package offers."""

from collections.abc import Iterable

from nanosieve import SegmenterSpec, WeightMapSpec, hookimpl
from nanosieve.learn.config import TrainingConfig
from nanosieve_segmenters.threshold_config import ThresholdConfig
from nanosieve_segmenters.unet.config import UnetConfig
from nanosieve_segmenters.unetpp.config import UnetPlusPlusConfig
from nanosieve_segmenters.weight_maps.distance_config import DistanceConfig
from nanosieve_segmenters.weight_maps.intensity_config import IntensityConfig


@hookimpl
def nanosieve_segmenters() -> Iterable[SegmenterSpec]:
    yield SegmenterSpec(
        name="threshold",
        summary="Threshold, watershed at necks, edge at half height; needs no training.",
        build="nanosieve_segmenters.threshold:build",
        config=ThresholdConfig,
    )
    yield SegmenterSpec(
        name="unetpp",
        summary="UNet++ with any encoder; needs a trained model.",
        build="nanosieve_segmenters.unetpp.segmenter:build",
        config=UnetPlusPlusConfig,
        fit="nanosieve_segmenters.unetpp.segmenter:fit",
        training=TrainingConfig,
        network="nanosieve_segmenters.unetpp.network:make_network",
    )
    yield SegmenterSpec(
        name="unet",
        summary="Plain U-Net of 2015, for comparison; needs a trained model.",
        build="nanosieve_segmenters.unet.segmenter:build",
        config=UnetConfig,
        fit="nanosieve_segmenters.unet.segmenter:fit",
        training=TrainingConfig,
        network="nanosieve_segmenters.unet.network:make_network",
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
    yield WeightMapSpec(
        name="balance",
        summary="Particles and ground count the same in sum.",
        compute="nanosieve_segmenters.weight_maps.balance:compute",
    )
    yield WeightMapSpec(
        name="intensity",
        summary="Narrow gaps and bright ground count more.",
        compute="nanosieve_segmenters.weight_maps.intensity:compute",
        config=IntensityConfig,
    )
