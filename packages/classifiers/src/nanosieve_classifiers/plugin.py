"""The list of classifiers that this package offers."""

from collections.abc import Iterable

from nanosieve import ClassifierSpec, hookimpl
from nanosieve.learn.shapes.config import ShapeNetworkConfig, ShapeTrainingConfig
from nanosieve_classifiers.alexnet.config import AlexNetConfig
from nanosieve_classifiers.geometry_config import GeometryConfig


@hookimpl
def nanosieve_classifiers() -> Iterable[ClassifierSpec]:
    yield ClassifierSpec(
        name="geometry",
        summary="Ideal shapes fitted to the outline; needs no training.",
        build="nanosieve_classifiers.geometry:build",
        config=GeometryConfig,
    )
    yield ClassifierSpec(
        name="resnet34",
        summary="ResNet-34 on cut-outs; needs a trained model.",
        build="nanosieve_classifiers.resnet34.classifier:build",
        config=ShapeNetworkConfig,
        fit="nanosieve_classifiers.resnet34.classifier:fit",
        training=ShapeTrainingConfig,
        network="nanosieve_classifiers.resnet34.network:make_network",
    )
    yield ClassifierSpec(
        name="alexnet",
        summary="AlexNet in the form of Zeiler and Fergus, on cut-outs; needs a trained model.",
        build="nanosieve_classifiers.alexnet.classifier:build",
        config=AlexNetConfig,
        fit="nanosieve_classifiers.alexnet.classifier:fit",
        training=ShapeTrainingConfig,
        network="nanosieve_classifiers.alexnet.network:make_network",
    )
