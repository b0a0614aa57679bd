"""The hooks: how a distribution tells nanosieve what it offers. A hook lists records; it computes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

from nanosieve.specs import (
    ClassifierSpec,
    ExporterSpec,
    Measure,
    ModelStoreSpec,
    ReaderSpec,
    SegmenterSpec,
    TrackerSpec,
    WeightMapSpec,
)

if TYPE_CHECKING:
    import typer

PROJECT = "nanosieve"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def nanosieve_segmenters() -> Iterable[SegmenterSpec]:  # type: ignore[empty-body]
    """Offer segmenters: micrograph in, labels out.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_segmenters():
    ...     yield nanosieve.SegmenterSpec(
    ...         name="watershed", summary="Otsu and watershed.", build="my_lab.watershed:build"
    ...     )
    """


@hookspec
def nanosieve_weight_maps() -> Iterable[WeightMapSpec]:  # type: ignore[empty-body]
    """Offer weight maps: how much each pixel counts in training.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_weight_maps():
    ...     yield nanosieve.WeightMapSpec(
    ...         name="bright", summary="Grey value plus one.", compute=lambda labels, pixels, config: pixels + 1
    ...     )
    """


@hookspec
def nanosieve_classifiers() -> Iterable[ClassifierSpec]:  # type: ignore[empty-body]
    """Offer classifiers: particles in, class probabilities out.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_classifiers():
    ...     yield nanosieve.ClassifierSpec(
    ...         name="elongation", summary="Rods against the rest.", build="my_lab.rods:build"
    ...     )
    """


@hookspec
def nanosieve_measures() -> Iterable[Measure]:  # type: ignore[empty-body]
    """Offer measures: one number for each particle, in pixels.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_measures():
    ...     yield nanosieve.Measure(
    ...         name="box_height", summary="Height of the box.", dimension=1, group="size",
    ...         compute=lambda particle: float(np.ptp(particle.outline[:, 1])),
    ...     )
    """


@hookspec
def nanosieve_readers() -> Iterable[ReaderSpec]:  # type: ignore[empty-body]
    """Offer readers of file formats.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_readers():
    ...     yield nanosieve.ReaderSpec(
    ...         name="numpy", summary="NumPy arrays.", suffixes=(".npy",),
    ...         read=lambda path: nanosieve.RawImage(pixels=np.load(path)),
    ...     )
    """


@hookspec
def nanosieve_exporters() -> Iterable[ExporterSpec]:  # type: ignore[empty-body]
    """Offer exporters of result tables.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_exporters():
    ...     yield nanosieve.ExporterSpec(
    ...         name="xlsx", summary="One sheet a table.", export="my_lab.excel:export"
    ...     )
    """


@hookspec
def nanosieve_model_stores() -> Iterable[ModelStoreSpec]:  # type: ignore[empty-body]
    """Offer model stores: URI in, folder of a model bundle out.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_model_stores():
    ...     yield nanosieve.ModelStoreSpec(
    ...         name="share", summary="The lab's shared drive.", schemes=("share",), build="my_lab.share:build"
    ...     )
    """


@hookspec
def nanosieve_trackers() -> Iterable[TrackerSpec]:  # type: ignore[empty-body]
    """Offer trackers: they keep record of runs of training.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_trackers():
    ...     yield nanosieve.TrackerSpec(
    ...         name="logbook", summary="A line an epoch in the lab's logbook.", start="my_lab.logbook:start"
    ...     )
    """


@hookspec
def nanosieve_commands(app: typer.Typer) -> None:
    """Add commands to the command line; called once, when the command line starts.

    Examples
    --------
    >>> @nanosieve.hookimpl
    ... def nanosieve_commands(app):
    ...     @app.command()
    ...     def hello() -> None:
    ...         print("hello")
    """
