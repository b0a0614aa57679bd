"""The TOML file of a training run to a model: every name is resolved and every option checked first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from nanosieve.errors import ModelError, UsageError
from nanosieve.finding import find_model
from nanosieve.fitting import CardTexts, FitJob, FitProgress
from nanosieve.guards import blame
from nanosieve.host import Catalogue, Host
from nanosieve.labelled import read_data
from nanosieve.labelled.config import read_toml
from nanosieve.loading import load_segmenter
from nanosieve.models import Bundle, read_bundle
from nanosieve.options import configure
from nanosieve.specs import Config, Segmenter, resolve

Trainable = Literal["segmenter", "classifier"]
# What is trained where the file names no plugin.
USUAL: dict[Trainable, str] = {"segmenter": "unetpp", "classifier": "resnet34"}


class Card(Config):
    """What the author says of the model."""

    summary: str = Field("", description="What the model is for, one sentence.")
    licence: str = Field("", description="SPDX identifier: MIT.")
    citation: str = Field("", description="How to cite it.")


class Recipe(Config):
    """The file of a training run."""

    name: str = Field(min_length=1, description="Name of the model.")
    plugin: str = Field(description="Segmenter or classifier to train.")
    data: Path = Field(description="TOML file that describes the labelled data; relative to this file.")
    model: dict[str, Any] = Field(default_factory=dict, description="Options of the plugin.")
    training: dict[str, Any] = Field(default_factory=dict, description="Options of training.")
    card: Card = Field(Card(), description="Summary, licence and citation.")


def make_job(
    path: Path, folder: Path, host: Host, *, resume: bool, device: str, kind: Trainable = "segmenter"
) -> FitJob:
    """What a recipe asks for.

    Parameters
    ----------
    folder : of the run

    Raises
    ------
    UsageError
        If an option is unknown or out of range, or the folder holds another run.
    DataError
        If there are no labelled images.
    """
    recipe = configure(Recipe, {"plugin": USUAL[kind], **read_toml(path)}, str(path))
    catalogue = _catalogue(host, kind)
    spec = catalogue[recipe.plugin]
    if spec.fit is None:
        able = sorted(name for name, each in catalogue.items() if each.fit is not None)
        raise UsageError(
            f"{kind} {recipe.plugin!r} cannot be trained; these can: {', '.join(able) or 'none'}"
        )
    training = configure(spec.training, recipe.training, f"{path}: [training]")
    config = configure(spec.config, recipe.model, f"{path}: [model]")
    if not resume and folder.exists() and any(folder.iterdir()):
        raise UsageError(
            f"{str(folder)!r} is not empty; --resume goes on with the run there, or give another --out"
        )
    base = path.resolve().parent
    provider = catalogue.provider(spec.name)
    return FitJob(
        name=recipe.name,
        plugin=spec.name,
        plugin_version=provider.version,
        config=config,
        training=training,
        data=read_data(base / recipe.data, host.readers),
        weigh=_weight_map(training, host, f"{path}: [training]"),
        segmenter=_segmenter(training, host, device),
        folder=folder,
        start=_start(training, host, base, spec.name),
        device=device,
        resume=resume,
        texts=CardTexts(**recipe.card.model_dump()),
    )


def train_model(
    job: FitJob, host: Host, report: Callable[[FitProgress], None], kind: Trainable = "segmenter"
) -> Path | None:
    """Train; the folder of the bundle, or None in a process of several that did not write it."""
    catalogue = _catalogue(host, kind)
    spec = catalogue[job.plugin]
    assert spec.fit is not None
    with blame(f"{kind} {spec.name!r} of {catalogue.provider(spec.name)}"):
        bundle: Path | None = resolve(spec.fit)(replace(job, report=report))
    return bundle


def _catalogue(host: Host, kind: Trainable) -> Catalogue[Any]:
    return host.segmenters if kind == "segmenter" else host.classifiers


def _segmenter(training: Config, host: Host, device: str) -> Segmenter | None:
    """What finds the particles of simulated micrographs, where the options name it and simulate any."""
    name: str | None = getattr(training, "segmenter", None)
    if name is None or not getattr(training, "simulated", 0):
        return None
    return load_segmenter(name, host, device=device).tool


def _weight_map(training: Config, host: Host, where: str) -> Callable[..., Any]:
    """The weight map that the options name, with its options; every pixel counts the same where they name none."""
    name: str = getattr(training, "weight_map", "uniform")
    options: Mapping[str, Any] = getattr(training, "weight_options", {})
    spec = host.weight_maps[name]
    config = configure(spec.config, options, f"{where}: weight_options of {name!r}")
    who = f"weight map {name!r} of {host.weight_maps.provider(name)}"

    def weigh(labels: Any, pixels: Any) -> Any:
        with blame(who):
            return spec(labels, pixels, config)

    return weigh


def _start(training: Config, host: Host, base: Path, plugin: str) -> Bundle | None:
    """The model that the options name to begin with: a folder beside the recipe, or any other name of a model."""
    named: Path | None = getattr(training, "start", None)
    if named is None:
        return None
    reference = named.as_posix()
    bundle = read_bundle(find_model(reference, host, base).folder)
    if bundle.card.plugin != plugin or bundle.weights is None:
        raise ModelError(f"{reference!r} is no model with weights of {plugin!r} and cannot be begun with")
    return bundle
