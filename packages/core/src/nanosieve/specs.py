"""The records that plugins return, and the shapes of the objects behind them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from nanosieve.errors import PluginError

if TYPE_CHECKING:
    # for types alone: numpy would take a third of the time of `nanosieve --help`
    from nanosieve.particles import Particles
    from nanosieve.table import Tables
    from nanosieve.values import FloatImage, LabelImage, Micrograph, RawImage, Segmentation

NAME = re.compile(r"[a-z][a-z0-9_]*")

Outcome = Literal["finished", "failed", "stopped"]
"""How a run of training ended: with a model, with an error, or by the user."""

Lazy = Callable[..., Any] | str
"""A callable, or ``"package.module:attribute"``, which is imported on first use."""


class Config(BaseModel):
    """Options of one plugin. Every option has a default that works, and unknown ones are refused."""

    # built when options are read: most commands read those of two or three plugins
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


@dataclass(frozen=True, kw_only=True)
class Context:
    """All that a factory may need. Fields are only ever added.

    Attributes
    ----------
    config : the options, an instance of the record's own `Config`
    weights : ``weights.safetensors`` of a model bundle, or None
    device : ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``; plugins without torch ignore it
    diameter_px : between which equivalent diameters the model was trained; None where nothing is known
    classes : what the model tells apart, in the order of its answers
    calibration : numbers of the model's card that make confidences of its scores
    tools : `nanosieve.loading.Loaded` by the option that names it, where a pipeline brings the tools among which the
        plugin chooses, see `SegmenterSpec.chooses`; then no other may be taken
    """

    config: Config
    weights: Path | None = None
    device: str = "auto"
    diameter_px: tuple[float, float] | None = None
    classes: tuple[str, ...] = ()
    calibration: Mapping[str, float] = field(default_factory=dict)
    tools: Mapping[str, Any] = field(default_factory=dict)


class Segmenter(Protocol):
    """Finds particles."""

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """Label the particles of one micrograph of any height and width.

        The same image gives the same labels, and the image is not changed.
        """


class Classifier(Protocol):
    """Tells the shapes of particles apart."""

    @property
    def classes(self) -> Sequence[str]:
        """Names of the k classes."""

    def classify(self, particles: Particles) -> FloatImage:
        """Probabilities of shape (n, k), float32, rows sum to 1; n may be 0.

        Order and company of the particles do not matter.
        """


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A bundle that a model store found, where it knows more than the folder. Fields are only ever added.

    Attributes
    ----------
    folder : of the bundle
    version : the exact version, for provenance, where the URI names one that moves: ``"models:/spheres/3"``
    note : what a reader of results must know, one sentence: that a server did not answer and this is a copy
    """

    folder: Path
    version: str = ""
    note: str = ""


class ModelStore(Protocol):
    """Fetches model bundles."""

    def fetch(self, uri: str) -> Path | Fetched:
        """The bundle that `uri` names; raises `ModelError` where there is none."""


class TrackedRun(Protocol):
    """Keeps record of one run of training."""

    @property
    def place(self) -> str:
        """Where the record is, for people: one line."""

    def epoch(self, number: int, scores: Mapping[str, float]) -> None:
        """An epoch is over, the first is 1; what the run folder holds of it is written."""

    def end(self, outcome: Outcome, bundle: Path | None) -> None:
        """The run is over; `bundle` is the folder of the model, where there is one."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What all records share.

    Attributes
    ----------
    name : ``[a-z][a-z0-9_]*``, by which users choose it
    summary : one sentence for tables and help
    """

    kind: ClassVar[str]

    name: str
    summary: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.kind} name {self.name!r} must match {NAME.pattern}")
        if not self.summary.strip():
            raise ValueError(f"{self.kind} {self.name!r} has no summary")


@dataclass(frozen=True, kw_only=True)
class SegmenterSpec(Spec):
    """A segmenter.

    Attributes
    ----------
    build : ``build(context)`` returns a `Segmenter`
    config : its options
    fit : ``fit(job)`` with a `nanosieve.fitting.FitJob` trains one, writes a bundle and returns its folder, or None
        in a process of several that did not write it; no `fit` where there is nothing to train
    training : options of training
    network : ``network(config)`` returns the torch module that the weights belong to, so that those of a stranger can
        be compared with it, name by name and shape by shape, before any memory is taken; None where there is none
    schemes : what stands before the first colon of references that are no models but tools of their own, such as a
        server's address: ``("http",)``; the whole reference becomes the option ``url``
    chooses : options that name other tools, of which it takes one for each picture; what it builds keeps those that it
        loaded as ``choices``, `nanosieve.loading.Loaded` by option, so that a pipeline can take them along and hand
        them over in `Context.tools`
    """

    kind: ClassVar[str] = "segmenter"

    build: Lazy
    config: type[Config] = Config
    fit: Lazy | None = None
    training: type[Config] = Config
    network: Lazy | None = None
    schemes: tuple[str, ...] = ()
    chooses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WeightMapSpec(Spec):
    """A weight map: how much each pixel counts in training.

    ``compute(labels, pixels, config)`` with labels (H, W) int32 and pixels (H, W) float32 in [0, 1] returns
    (H, W) float32, finite and >= 0. An image without particles is fine.
    """

    kind: ClassVar[str] = "weight map"

    compute: Lazy
    config: type[Config] = Config

    def __call__(self, labels: LabelImage, pixels: FloatImage, config: Config | None = None) -> FloatImage:
        """Compute the map, with the default options unless `config` is given."""
        weights: FloatImage = resolve(self.compute)(labels, pixels, config or self.config())
        return weights


@dataclass(frozen=True, kw_only=True)
class ClassifierSpec(Spec):
    """A classifier: ``build(context)`` returns a `Classifier`; the rest as in `SegmenterSpec`.

    ``network(config, classes)`` gets the number of classes as well.
    """

    kind: ClassVar[str] = "classifier"

    build: Lazy
    config: type[Config] = Config
    fit: Lazy | None = None
    training: type[Config] = Config
    network: Lazy | None = None
    schemes: tuple[str, ...] = ()
    chooses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Measure(Spec):
    """A number for each particle, computed in pixels; the host scales it and names its unit.

    Attributes
    ----------
    compute : ``per="particle"``: `Particle` -> float; ``per="image"``: `Particles` -> (n,) float array, for
        what is fast only all at once or needs neighbours. NaN means "does not apply".
    dimension : power of a length: 0 a ratio, 1 a length, 2 an area
    lower, upper : range of the value, both included; checked in every table
    group : ``"size"``, ``"shape"`` (left out for particles too small to have one), ``"grey"`` (depends on the
        grey values) or ``"position"`` (moves with the particle)
    classes : the classes that have this measure (an edge length), or None for all
    source : standard or paper that defines it
    """

    kind: ClassVar[str] = "measure"

    compute: Lazy
    dimension: Literal[0, 1, 2] = 0
    per: Literal["particle", "image"] = "particle"
    lower: float | None = 0
    upper: float | None = None
    group: Literal["size", "shape", "grey", "position"] = "shape"
    classes: tuple[str, ...] | None = None
    source: str = ""

    def column(self, unit: Literal["nm", "px"]) -> str:
        """Name of the column: the unit follows the name, a ratio has none."""
        return self.name + ("", f"_{unit}", f"_{unit}2")[self.dimension]


@dataclass(frozen=True, kw_only=True)
class ReaderSpec(Spec):
    """A reader: ``read(path)`` returns a `RawImage` or raises `ReadError`.

    Attributes
    ----------
    suffixes : endings of the file names it reads, lower case with the dot: ``(".tif", ".tiff")``
    """

    kind: ClassVar[str] = "reader"

    read: Lazy
    suffixes: tuple[str, ...]

    def __call__(self, path: Path) -> RawImage:
        """Read one file."""
        raw: RawImage = resolve(self.read)(path)
        return raw


@dataclass(frozen=True, kw_only=True)
class ExporterSpec(Spec):
    """An exporter: ``export(tables, folder)`` writes the results of a run and returns the paths it wrote.

    The folder holds the outlines already, see `nanosieve.outline_file`.

    Attributes
    ----------
    last : whether it describes the folder itself, and so runs when all other files are there
    """

    kind: ClassVar[str] = "exporter"

    export: Lazy
    last: bool = False

    def __call__(self, tables: Tables, folder: Path) -> Sequence[Path]:
        """Write the tables into the folder."""
        written: Sequence[Path] = resolve(self.export)(tables, folder)
        return written


@dataclass(frozen=True, kw_only=True)
class ModelStoreSpec(Spec):
    """A model store: ``build(context)`` returns a `ModelStore`.

    Attributes
    ----------
    schemes : what stands before the first colon of the URIs that it answers: ``("models",)``
    suffixes : endings of the files that it answers, lower case with the dot, before any store that names none; empty:
        whatever has one of its schemes
    """

    kind: ClassVar[str] = "model store"

    build: Lazy
    schemes: tuple[str, ...]
    suffixes: tuple[str, ...] = ()
    config: type[Config] = Config


@dataclass(frozen=True, kw_only=True)
class TrackerSpec(Spec):
    """A tracker of training: ``start(job)`` with a `nanosieve.fitting.FitJob` returns a `TrackedRun`.

    It is called when the first epoch is over, in the one process that writes. A run that goes on after a stop is
    started again with the same folder. What a tracker raises ends the tracking, never the training.
    """

    kind: ClassVar[str] = "tracker"

    start: Lazy


def resolve(lazy: Lazy) -> Callable[..., Any]:
    """The callable behind a lazy reference; imports its module on first use."""
    if callable(lazy):
        return lazy
    module, _, attribute = lazy.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise PluginError(f"cannot import {lazy!r}: {error}") from error
    if not callable(found):
        raise PluginError(f"{lazy!r} is not callable")
    return found  # type: ignore[no-any-return]


__all__ = [
    "ClassifierSpec",
    "Config",
    "Context",
    "ExporterSpec",
    "Fetched",
    "Measure",
    "ModelStoreSpec",
    "ReaderSpec",
    "SegmenterSpec",
    "TrackerSpec",
    "WeightMapSpec",
    "resolve",
]
