"""The list of classifiers that this package offers."""

from collections.abc import Iterable

from nanosieve import ClassifierSpec, hookimpl
from nanosieve_classifiers.geometry_config import GeometryConfig


@hookimpl
def nanosieve_classifiers() -> Iterable[ClassifierSpec]:
    yield ClassifierSpec(
        name="geometry",
        summary="Ideal shapes fitted to the outline; needs no training.",
        build="nanosieve_classifiers.geometry:build",
        config=GeometryConfig,
    )
