"""nanosieve: particle sizes and shapes from electron micrographs."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nanosieve.errors import NanosieveError
    from nanosieve.hooks import hookimpl
    from nanosieve.host import Host
    from nanosieve.particles import Particle, Particles, cut_particles
    from nanosieve.pipeline import Analysis, analyze
    from nanosieve.quality import Rules
    from nanosieve.reading import open_micrograph
    from nanosieve.specs import (
        ClassifierSpec,
        Config,
        Context,
        ExporterSpec,
        Measure,
        ModelStoreSpec,
        ReaderSpec,
        SegmenterSpec,
        TrackerSpec,
        WeightMapSpec,
    )
    from nanosieve.values import Classification, Frame, Micrograph, PixelSize, RawImage, Segmentation

# Imported on first use: the command line must answer --version at once.
_HOMES = {
    "errors": ("NanosieveError",),
    "hooks": ("hookimpl",),
    "host": ("Host",),
    "particles": ("Particle", "Particles", "cut_particles"),
    "pipeline": ("Analysis", "analyze"),
    "quality": ("Rules",),
    "reading": ("open_micrograph",),
    "specs": (
        "ClassifierSpec",
        "Config",
        "Context",
        "ExporterSpec",
        "Measure",
        "ModelStoreSpec",
        "ReaderSpec",
        "SegmenterSpec",
        "TrackerSpec",
        "WeightMapSpec",
    ),
    "values": ("Classification", "Frame", "Micrograph", "PixelSize", "RawImage", "Segmentation"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Analysis",
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
    "Particle",
    "Particles",
    "PixelSize",
    "RawImage",
    "ReaderSpec",
    "Rules",
    "Segmentation",
    "SegmenterSpec",
    "TrackerSpec",
    "WeightMapSpec",
    "analyze",
    "cut_particles",
    "hookimpl",
    "open_micrograph",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
