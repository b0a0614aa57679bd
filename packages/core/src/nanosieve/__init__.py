"""nanosieve: particle sizes and shapes from electron micrographs."""

from nanosieve.errors import NanosieveError
from nanosieve.hooks import hookimpl
from nanosieve.host import Host
from nanosieve.specs import (
    ClassifierSpec,
    Config,
    Context,
    ExporterSpec,
    Measure,
    ModelStoreSpec,
    ReaderSpec,
    SegmenterSpec,
    WeightMapSpec,
)
from nanosieve.values import Classification, Frame, Micrograph, PixelSize, RawImage, Segmentation

__all__ = [
    "Classification",
    "ClassifierSpec",
    "Config",
    "Context",
    "ExporterSpec",
    "Frame",
    "Host",
    "Measure",
    "Micrograph",
    "ModelStoreSpec",
    "NanosieveError",
    "PixelSize",
    "RawImage",
    "ReaderSpec",
    "Segmentation",
    "SegmenterSpec",
    "WeightMapSpec",
    "hookimpl",
]
