"""The list of what this distribution offers."""

from collections.abc import Iterable

import nanosieve
from nanosieve_example import (
    bright_weights,
    hello,
    json_lines,
    log_blobs_config,
    numpy_reader,
    shared_folder,
    slenderness,
)


@nanosieve.hookimpl
def nanosieve_segmenters() -> Iterable[nanosieve.SegmenterSpec]:
    yield nanosieve.SegmenterSpec(
        name="log_blobs",
        summary="Bright or dark blobs by a Laplacian of Gaussian, a torch network with fixed weights.",
        build="nanosieve_example.log_blobs:build",  # a string, so that torch is imported only when it is needed
        config=log_blobs_config.LogBlobsConfig,
    )


@nanosieve.hookimpl
def nanosieve_weight_maps() -> Iterable[nanosieve.WeightMapSpec]:
    yield nanosieve.WeightMapSpec(
        name="bright",
        summary="Bright pixels count more.",
        compute=bright_weights.compute,
        config=bright_weights.BrightConfig,
    )


@nanosieve.hookimpl
def nanosieve_classifiers() -> Iterable[nanosieve.ClassifierSpec]:
    yield nanosieve.ClassifierSpec(
        name="roundish",
        summary="Round against long, by the tightest box.",
        build="nanosieve_example.roundish:build",
    )


@nanosieve.hookimpl
def nanosieve_measures() -> Iterable[nanosieve.Measure]:
    yield nanosieve.Measure(
        name="slenderness",
        summary="Length over width of the tightest box.",
        lower=1,
        compute=slenderness.slenderness,
    )


@nanosieve.hookimpl
def nanosieve_readers() -> Iterable[nanosieve.ReaderSpec]:
    yield nanosieve.ReaderSpec(
        name="numpy", summary="NumPy arrays.", suffixes=(".npy",), read=numpy_reader.read
    )


@nanosieve.hookimpl
def nanosieve_exporters() -> Iterable[nanosieve.ExporterSpec]:
    yield nanosieve.ExporterSpec(
        name="json_lines", summary="particles.jsonl, one line a particle.", export=json_lines.export
    )


@nanosieve.hookimpl
def nanosieve_model_stores() -> Iterable[nanosieve.ModelStoreSpec]:
    yield nanosieve.ModelStoreSpec(
        name="share",
        summary="The folder that NANOSIEVE_SHARE names: share:spheres.",
        schemes=("share",),
        build=shared_folder.SharedFolder,
    )


nanosieve_commands = hello.nanosieve_commands
