"""Many micrographs into one results folder: resumable, and no image can stop the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from nanosieve.answering import boundaries_among, boundaries_of, boundary_of, card_of
from nanosieve.contract.written import check_tables
from nanosieve.errors import NanosieveError, OutputError, one_line
from nanosieve.gathering import gather, image_row, with_statistics
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.host import Host
from nanosieve.image_quality import assess
from nanosieve.label_image import write_labels
from nanosieve.loading import Loaded
from nanosieve.measuring import Failure, Unit
from nanosieve.models import file_sha256, sha256
from nanosieve.naming import NamedImage, name_images
from nanosieve.outline_file import outline_path, write_outlines
from nanosieve.overlay import write_overlay
from nanosieve.picture_file import picture_path, write_picture
from nanosieve.pipeline import analyze
from nanosieve.provenance import code_digest, software
from nanosieve.quality import Rules
from nanosieve.readers.side_files import beside
from nanosieve.reading import open_micrograph
from nanosieve.records import Record, Records
from nanosieve.results_lock import HIDDEN, results_lock
from nanosieve.specs import ExporterSpec, Measure
from nanosieve.statistics.options import StatisticsOptions
from nanosieve.table import Tables, empty_table
from nanosieve.values import PixelSize
from nanosieve.writing import remove_unfinished
from nanosieve.writing_results import write_results

Report = Callable[[int, str, str], None]
"""Called with the number of images done, the image at work, and the stage."""


class Stage:
    """What is being done to an image, remembered for the case that it fails."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self.name = "opening"
        self._report = report

    def __call__(self, name: str) -> None:
        """Begin a stage."""
        self.name = name
        self._report(name)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be done with every image.

    Attributes
    ----------
    measures, exporters : by what error messages call them
    plugins : names of the plugins that take part, for the digest of their code
    pipeline : which whole pipeline all this is, by its names and digest; None where it is none
    notes : what a reader of the results must know of how models were found, one sentence each
    about : what no file says and a report must name: ``{"sample": ..., "operator": ...}``
    statistics : options of the statistics; no image is done again because of them
    report : whether ``report.html`` is written
    """

    segmenter: Loaded[GuardedSegmenter]
    classifier: Loaded[GuardedClassifier] | None
    measures: Mapping[str, Measure]
    exporters: Mapping[str, ExporterSpec]
    plugins: frozenset[str]
    rules: Rules
    unit: Unit = "nm"
    pixel_size: PixelSize | None = None
    polarity: Literal["auto", "bright", "dark"] = "auto"
    pipeline: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    statistics: StatisticsOptions = field(default_factory=StatisticsOptions)
    report: bool = True

    def provenance(self) -> dict[str, Any]:
        """The record for the summary, and what decides whether an image must be done again."""
        return {
            "segmenter": {**self.segmenter.provenance(), "boundaries": dict(boundaries_of(self.segmenter))},
            "classifier": self.classifier.provenance() if self.classifier else None,
            "measures": list(self.measures),
            "rules": self.rules.model_dump(mode="json"),
            "units": self.unit,
            "pixel_size": None if self.pixel_size is None else vars(self.pixel_size),
            "polarity": self.polarity,
            "pipeline": None if self.pipeline is None else dict(self.pipeline),
        }


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run came to.

    Attributes
    ----------
    reused : images taken from an earlier run
    interrupted : stopped by Ctrl-C; the tables hold what was done
    """

    tables: Tables
    folder: Path
    written: tuple[Path, ...]
    reused: int
    interrupted: bool


def run(
    paths: Sequence[Path],
    request: Request,
    folder: Path,
    host: Host,
    *,
    force: bool = False,
    report: Report = lambda done, image, stage: None,
) -> Outcome:
    """Analyse images and write tables, overlays, label images and outlines.

    Parameters
    ----------
    folder : made where it is missing; results for the same images, settings and code are taken over
    force : do everything again

    Raises
    ------
    OutputError
        If nothing can be written, or another run is writing there.
    """
    with results_lock(folder):
        return _run(paths, request, folder, host, force, report)


def _run(
    paths: Sequence[Path], request: Request, folder: Path, host: Host, force: bool, report: Report
) -> Outcome:
    remove_unfinished(folder)
    records = Records(folder / HIDDEN)
    if force:
        records.clear()
    settings = {
        **request.provenance(),
        "code": code_digest(host, request.plugins),
        "software": software(host),
    }
    results: list[Record] = []
    failures: list[Failure] = []
    reused, interrupted = 0, False
    for done, image in enumerate(name_images(paths)):
        stage = Stage(partial(report, done, image.name))
        try:
            digest = file_sha256(image.path)
            key = _key(image, digest, settings)
            record = _earlier(records.get(key), image, folder)
            earlier = record is not None
            if record is None:
                record = _analyze(image, digest, request, folder, host, stage)
            # first: what is kept must be in the tables, whenever Ctrl-C comes
            results.append(record)
            failures += record.failures
            if earlier:
                reused += 1
            else:
                records.put(key, record)
        except OutputError:  # the next image could not be written either
            raise
        except (NanosieveError, OSError, MemoryError) as error:
            failures.append(Failure(image.name, stage.name, one_line(error)))
        except KeyboardInterrupt:
            interrupted = True
            break
    tables = gather(
        results,
        failures,
        request.unit,
        # not among what decides whether an image is done again: a copy of a model is the same model
        {
            **settings,
            "notes": list(request.notes),
            "about": dict(request.about),
            "statistics": request.statistics.model_dump(mode="json"),
        },
        empty=empty_table(list(request.measures.values()), request.unit),
        interrupted=interrupted,
    )
    report(len(paths), "", "computing statistics")
    tables = with_statistics(
        tables,
        request.unit,
        min_diameter_px=request.rules.min_diameter_px,
        boundaries=boundaries_among(request.segmenter, tables.images["model"]),
        options=request.statistics,
    )
    check_tables(tables, list(request.measures.values()), request.unit)
    tables, written = write_results(
        tables, request.exporters, folder, report=request.report, stage=partial(report, len(paths), "")
    )
    return Outcome(tables=tables, folder=folder, written=written, reused=reused, interrupted=interrupted)


def _analyze(
    image: NamedImage, digest: str, request: Request, folder: Path, host: Host, stage: Stage
) -> Record:
    stage("reading")
    micrograph = open_micrograph(
        image.path,
        readers=host.readers,
        pixel_size=request.pixel_size,
        polarity=request.polarity,
        name=image.name,
    )
    analysis = analyze(
        micrograph,
        segmenter=request.segmenter.tool,
        classifier=request.classifier.tool if request.classifier else None,
        measures=request.measures,
        rules=request.rules,
        boundary=partial(boundary_of, request.segmenter),
        unit=request.unit,
        report=stage,
    )
    stage("checking the quality")
    card = card_of(request.segmenter, analysis.segmentation.model)
    quality = assess(analysis.particles, analysis.table, None if card is None else card.diameter_px)
    stage("drawing")
    write_labels(analysis, _labels(folder, image))
    write_outlines(analysis.particles, folder, image.stem)
    write_overlay(analysis, _overlay(folder, image))
    write_picture(micrograph, folder, image.stem)
    row = image_row(image, digest, analysis, quality)
    return Record(table=analysis.table, image=row, failures=analysis.failures)


def _earlier(record: Record | None, image: NamedImage, folder: Path) -> Record | None:
    """A record of an earlier run, if its pictures and outlines are still there."""
    files = (
        _labels(folder, image),
        _overlay(folder, image),
        outline_path(folder, image.stem),
        picture_path(folder, image.stem),
    )
    return record if record and all(path.exists() for path in files) else None


def _key(image: NamedImage, digest: str, settings: Mapping[str, Any]) -> str:
    # side files change the pixel size, names change what the outputs are called
    sides = {path.name: file_sha256(path) for path in beside(image.path)}
    return sha256(json.dumps([image.name, image.stem, digest, sides, settings], sort_keys=True).encode())


def _labels(folder: Path, image: NamedImage) -> Path:
    return folder / "labels" / f"{image.stem}.tif"


def _overlay(folder: Path, image: NamedImage) -> Path:
    return folder / "overlays" / f"{image.stem}.png"
