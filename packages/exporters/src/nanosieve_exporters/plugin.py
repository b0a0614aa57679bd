"""The list of exporters that this package offers."""

from collections.abc import Iterable

from nanosieve import ExporterSpec, hookimpl


@hookimpl
def nanosieve_exporters() -> Iterable[ExporterSpec]:
    yield ExporterSpec(
        name="xlsx",
        summary="results.xlsx with the sheets particles, images, summary and failures.",
        export="nanosieve_exporters.xlsx:export",
    )
    yield ExporterSpec(
        name="imagej",
        summary="Outlines as ImageJ regions, imagej/*.zip for the ROI manager.",
        export="nanosieve_exporters.imagej:export",
    )
    yield ExporterSpec(
        name="qupath",
        summary="Outlines with class and measures as GeoJSON for QuPath, qupath/*.geojson.",
        export="nanosieve_exporters.qupath:export",
    )
    yield ExporterSpec(
        name="coco",
        summary="Outlines and classes of all images as COCO annotations, coco.json.",
        export="nanosieve_exporters.coco:export",
    )
    yield ExporterSpec(
        name="rocrate",
        summary="ro-crate-metadata.json: the folder as an RO-Crate, with files, inputs, software and settings.",
        export="nanosieve_exporters.rocrate:export",
        last=True,
    )
