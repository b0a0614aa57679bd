"""The results folder as an RO-Crate: one JSON-LD file that says what all others are and how they came about."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from nanosieve.errors import ResultsError
from nanosieve.table import Tables
from nanosieve.writing import write_text
from nanosieve_exporters.crate_entities import (
    ROOT,
    Entity,
    action,
    file_entities,
    inputs,
    parameters,
    refer,
    software,
)

FILE = "ro-crate-metadata.json"
CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
# The context of RO-Crate 1.1 is older than schema.org's word for it.
CONTEXT = [f"{CRATE}/context", {"sha256": "http://schema.org/sha256"}]
NO_LICENCE = "#no-licence"
# What an export writes into the root; all else in it is a person's.
OURS = ("@id", "@type", "datePublished", "conformsTo", "hasPart", "mentions")


def export(tables: Tables, folder: Path) -> list[Path]:
    """Write ``ro-crate-metadata.json``, RO-Crate 1.1 with the profile Process Run Crate.

    What a person has written into the root entity of an earlier one (licence, author, name, ...) is kept, with the
    entities that it refers to.

    Raises
    ------
    ResultsError
        If the earlier file cannot be read, so that nothing of it could be kept.
    """
    files = file_entities(folder, leave_out=FILE)
    images, settings, programs = inputs(tables), parameters(tables.summary), software(tables.summary)
    run = action(tables, _finished(folder), programs[0], [*images, *settings], files)
    root: Entity = {
        "@id": ROOT,
        "@type": "Dataset",
        "name": "Particle sizes and shapes from electron micrographs",
        "description": "Particles found, classified and measured by nanosieve: tables, outlines and label images.",
        "license": {"@id": NO_LICENCE},
        "datePublished": date.today().isoformat(),
        "conformsTo": {"@id": PROFILE},
        "hasPart": refer(files),
        "mentions": {"@id": run["@id"]},
    }
    graph = [_descriptor(), root, _profile(), *files, run, *programs, *images, *settings]
    graph = _with_earlier(graph, folder / FILE)
    text = json.dumps({"@context": CONTEXT, "@graph": graph}, indent=1, ensure_ascii=False, allow_nan=False)
    return [write_text(folder / FILE, text + "\n")]


def _descriptor() -> Entity:
    return {
        "@id": FILE,
        "@type": "CreativeWork",
        "about": {"@id": ROOT},
        "conformsTo": {"@id": CRATE},
    }


def _profile() -> Entity:
    return {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}


def _no_licence() -> Entity:
    return {
        "@id": NO_LICENCE,
        "@type": "CreativeWork",
        "name": "No licence yet",
        "description": "Nobody has given a licence for these results. To give one, let 'license' of './' refer to it; "
        "a later export keeps that.",
    }


def _finished(folder: Path) -> str:
    """When the analysis ended: when its summary was written."""
    written = (folder / "summary.json").stat().st_mtime
    return datetime.fromtimestamp(written, UTC).isoformat(timespec="seconds")


def _with_earlier(graph: list[Entity], path: Path) -> list[Entity]:
    """The graph with what a person has added to the root of an earlier file."""
    earlier = _read(path)
    made = {entity["@id"] for entity in graph}
    kept = {key: value for key, value in earlier.get(ROOT, {}).items() if key not in OURS}
    graph = [{**entity, **kept} if entity["@id"] == ROOT else entity for entity in graph]
    if kept.get("license", {"@id": NO_LICENCE}) == {"@id": NO_LICENCE}:
        graph.append(_no_licence())
        made.add(NO_LICENCE)
    wanted = _references(kept)
    while wanted:
        found = wanted.pop()
        if found in earlier and found not in made:
            made.add(found)
            graph.append(earlier[found])
            wanted += _references(earlier[found])
    return graph


def _read(path: Path) -> dict[str, Entity]:
    """The entities of an earlier file, by their id."""
    if not path.exists():
        return {}
    try:
        graph = json.loads(path.read_text(encoding="utf-8"))["@graph"]
        return {entity["@id"]: entity for entity in graph}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResultsError(
            f"{str(path)!r} cannot be read, and what was written into it would be lost: {error!r}; mend or remove it"
        ) from error


def _references(value: Any) -> list[str]:
    """All ids that a value refers to."""
    if isinstance(value, dict):
        own = [value["@id"]] if set(value) == {"@id"} else []
        return own + [found for each in value.values() for found in _references(each)]
    return [found for each in value for found in _references(each)] if isinstance(value, list) else []
