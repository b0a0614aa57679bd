"""What core itself offers, through the same hooks as every other plugin."""

from collections.abc import Iterable

from nanosieve.hooks import hookimpl
from nanosieve.specs import ExporterSpec, ModelStoreSpec, ReaderSpec


@hookimpl
def nanosieve_readers() -> Iterable[ReaderSpec]:
    yield ReaderSpec(
        name="tiff",
        summary="TIFF with the metadata of Zeiss, FEI/Thermo, JEOL, Hitachi, TESCAN, TVIPS, Olympus, ImageJ, OME.",
        suffixes=(".tif", ".tiff"),
        read="nanosieve.readers.tiff:read",
    )
    yield ReaderSpec(
        name="picture",
        summary="PNG and JPEG; the pixel size from side files, Phenom metadata, or the user.",
        suffixes=(".png", ".jpg", ".jpeg"),
        read="nanosieve.readers.picture:read",
    )


@hookimpl
def nanosieve_exporters() -> Iterable[ExporterSpec]:
    yield ExporterSpec(
        name="parquet",
        summary="particles.parquet, with types and units.",
        export="nanosieve.exporters:parquet",
    )
    yield ExporterSpec(
        name="csv", summary="particles.csv, images.csv and failures.csv.", export="nanosieve.exporters:csv"
    )


@hookimpl
def nanosieve_model_stores() -> Iterable[ModelStoreSpec]:
    yield ModelStoreSpec(
        name="folder",
        summary="A model bundle in a folder on this machine.",
        schemes=("file",),
        build="nanosieve.models:folder_store",
    )
