"""What the registry offers to the plugin host."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nanosieve import ClassifierSpec, ModelStoreSpec, SegmenterSpec, TrackerSpec, hookimpl
from nanosieve_registry.auto_config import AutoConfig, AutoShapesConfig
from nanosieve_registry.remote.config import RemoteConfig

if TYPE_CHECKING:
    import typer


@hookimpl
def nanosieve_segmenters() -> Iterable[SegmenterSpec]:
    yield SegmenterSpec(
        name="auto",
        summary="Trained network for secondary electrons or for transmission, whichever suits the picture.",
        build="nanosieve_registry.auto:build",
        config=AutoConfig,
        chooses=("se", "stem"),
    )
    yield SegmenterSpec(
        name="remote",
        summary="The model of another machine, where `nanosieve models serve` runs.",
        build="nanosieve_registry.remote.segmenter:build",
        config=RemoteConfig,
        schemes=("http", "https"),
    )


@hookimpl
def nanosieve_classifiers() -> Iterable[ClassifierSpec]:
    yield ClassifierSpec(
        name="auto",
        summary="Trained networks for shapes; in transmission with `geometry` as a second opinion.",
        build="nanosieve_registry.auto_shapes:build",
        config=AutoShapesConfig,
        chooses=("se", "stem", "second"),
    )


@hookimpl
def nanosieve_model_stores() -> Iterable[ModelStoreSpec]:
    yield ModelStoreSpec(
        name="shipped",
        summary="The models that come with nanosieve.",
        schemes=("shipped",),
        build="nanosieve_registry.shipped:build",
    )
    yield ModelStoreSpec(
        name="registry",
        summary="Registered models, by alias, version or digest: spheres@champion, spheres/3.",
        schemes=("models",),
        build="nanosieve_registry.model_store:build",
    )
    yield ModelStoreSpec(
        name="model_file",
        summary="A signed file of another lab, checked each time.",
        schemes=("file",),
        suffixes=(".nsmodel",),
        build="nanosieve_registry.exchange.file_store:build",
    )


@hookimpl
def nanosieve_trackers() -> Iterable[TrackerSpec]:
    yield TrackerSpec(
        name="mlflow",
        summary="Parameters, scores of each epoch, pictures and the model in MLflow.",
        start="nanosieve_registry.tracking:start",
    )


@hookimpl
def nanosieve_commands(app: typer.Typer) -> None:
    from nanosieve_registry.cli.app import add_commands

    add_commands(app)
