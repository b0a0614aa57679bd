"""The entities of an RO-Crate: files, the run that made them, its inputs, settings and software."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nanosieve.models import file_sha256
from nanosieve.table import Tables
from nanosieve_exporters.flattening import flat

Entity = dict[str, Any]
ROOT = "./"
# Endings that Python's own list does not have everywhere.
FORMATS = {
    ".parquet": "application/vnd.apache.parquet",
    ".geojson": "application/geo+json",
    ".csv": "text/csv",
    ".tif": "image/tiff",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
UNKNOWN_FORMAT = "application/octet-stream"
# By file, then by folder: what is worth saying of it.
MEANINGS = {
    "particles.parquet": "One row a particle, with types.",
    "particles.csv": "One row a particle.",
    "images.csv": "One row an image: origin, scale, counts.",
    "failures.csv": "What could not be done, and why.",
    "summary.json": "Counts, statistics and provenance.",
    "report.html": "The report, for people.",
    "results.xlsx": "All tables as a workbook.",
    "coco.json": "Outlines and classes as COCO annotations.",
    "labels": "Label image: the number of each pixel's particle.",
    "overlays": "Outlines over the micrograph, for people.",
    "outlines": "Outlines of the particles, in px of the micrograph.",
    "pictures": "The micrograph as it was analysed, for people.",
    "imagej": "Outlines as ImageJ regions.",
    "qupath": "Outlines as GeoJSON for QuPath.",
}
# The parts of the provenance that are settings.
SETTINGS = ("segmenter", "classifier", "measures", "rules", "units", "pixel_size", "polarity")


def refer(entities: Iterable[Entity]) -> list[Entity]:
    """References to entities."""
    return [{"@id": entity["@id"]} for entity in entities]


def file_entities(folder: Path, leave_out: str) -> list[Entity]:
    """Every file of a results folder, hidden ones and `leave_out` excepted, with digest, size and format."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        inside = path.relative_to(folder)
        if str(inside) == leave_out or any(part.startswith(".") for part in inside.parts):
            continue
        meaning = MEANINGS.get(inside.parts[0])
        suffix = path.suffix.lower()
        found.append(
            {
                "@id": quote(inside.as_posix()),
                "@type": "File",
                "name": inside.as_posix(),
                **({"description": meaning} if meaning else {}),
                "encodingFormat": FORMATS.get(suffix) or mimetypes.guess_type(path.name)[0] or UNKNOWN_FORMAT,
                "contentSize": str(path.stat().st_size),
                "sha256": file_sha256(path),
            }
        )
    return found


def inputs(tables: Tables) -> list[Entity]:
    """The micrographs, which are no part of the folder: name and digest."""
    return [
        {
            "@id": f"#image/{quote(row['stem'])}",
            # the profile wants inputs that are no part of the crate to be works
            "@type": ["ImageObject", "CreativeWork"],
            "name": row["image"],
            "sha256": row["sha256"],
            "description": f"Pixel size: {row['pixel_size_source'] or 'not known'}.",
        }
        for row in tables.images.to_dict("records")
    ]


def parameters(summary: dict[str, Any]) -> list[Entity]:
    """The settings of the run, one by one."""
    provenance = summary["provenance"]
    return [
        {
            "@id": f"#setting/{quote(name)}",
            "@type": "PropertyValue",
            "name": name,
            "value": "null" if value is None else value,
        }
        for name, value in flat({part: provenance[part] for part in SETTINGS if part in provenance})
    ]


def software(summary: dict[str, Any]) -> list[Entity]:
    """nanosieve first, then its plugins, the libraries that compute, and Python."""
    versions = summary["provenance"]["software"]
    plugins = dict(versions["plugins"])
    core = plugins.pop("nanosieve-core")
    others = [
        _program(name, version)
        for name, version in {**plugins, **versions["libraries"], "Python": versions["python"]}.items()
    ]
    nanosieve = {
        **_program("nanosieve", core),
        "description": f"Digest of the code that took part: SHA-256 {summary['provenance']['code']}.",
        "license": "MIT",
        "softwareRequirements": refer(others),
    }
    return [nanosieve, *others]


def _program(name: str, version: str) -> Entity:
    return {
        "@id": f"#software/{quote(name)}",
        "@type": "SoftwareApplication",
        "name": name,
        "softwareVersion": version,
    }


def action(
    tables: Tables, finished: str, program: Entity, used: Sequence[Entity], results: Sequence[Entity]
) -> Entity:
    """The run: what was done with which program, from what, to what, and what failed."""
    failures = [
        f"{row['image'] or 'run'}, {row['stage']}: {row['error']}" for row in tables.summary["failures"]
    ]
    balance = tables.summary["balance"]
    status = "FailedActionStatus" if tables.images.empty else "CompletedActionStatus"
    return {
        "@id": "#analysis",
        "@type": "CreateAction",
        "name": "nanosieve analyze",
        "endTime": finished,
        "description": f"{balance['detected']} particles found in {len(tables.images)} images, "
        f"{balance['accepted']} accepted.",
        "actionStatus": f"http://schema.org/{status}",
        "instrument": {"@id": program["@id"]},
        "object": refer(used),
        "result": refer(results),
        **({"error": "; ".join(failures)} if failures else {}),
    }
