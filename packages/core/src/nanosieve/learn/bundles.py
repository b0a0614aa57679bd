"""A trained network to a bundle folder, and back."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from nanosieve.errors import ModelError
from nanosieve.fitting import FitJob
from nanosieve.learn.checkpoints import load_tensors, save_tensors
from nanosieve.learn.learnt import Learnt
from nanosieve.learn.training import Trained
from nanosieve.models import WEIGHTS, ModelCard, Score, TrainingImage, TrainingRecord, file_sha256, write_card
from nanosieve.writing import make_folder, write_text

BUNDLE, PAGE = "bundle", "README.md"
# Begins the names of tensors that are not the network's.
CALIBRATION = "calibration."
LARGEST_HALF = 65504.0


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the card says of a model beside its training.

    Attributes
    ----------
    score : name of the validation score
    calibration, excluded_classes : see `ModelCard`
    extra : further tensors for the file of the weights, by name
    """

    kind: Literal["segmenter", "classifier"]
    classes: tuple[str, ...]
    preprocessing: Mapping[str, Any]
    score: str
    calibration: Mapping[str, float] = field(default_factory=dict)
    excluded_classes: tuple[str, ...] = ()
    extra: Mapping[str, torch.Tensor] = field(default_factory=dict)


def write_bundle(job: FitJob, trained: Trained, learnt: Learnt, told: Told) -> Path:
    """Write weights, card and a page for people into the folder ``bundle`` of the run."""
    folder = make_folder(job.folder / BUNDLE)
    weights = {**trained.weights, **told.extra}
    save_tensors(folder / WEIGHTS, {name: _halved(value) for name, value in weights.items()})
    state = trained.state
    options = job.training.model_dump(mode="json")
    card = ModelCard(
        name=job.name,
        kind=told.kind,
        plugin=job.plugin,
        plugin_version=job.plugin_version,
        config=job.config.model_dump(mode="json"),
        summary=job.texts.summary,
        licence=job.texts.licence,
        citation=job.texts.citation,
        classes=told.classes,
        excluded_classes=told.excluded_classes,
        preprocessing=dict(told.preprocessing),
        calibration=dict(told.calibration),
        diameter_px=learnt.diameters_px,
        pixel_size_nm=learnt.pixel_sizes_nm,
        training=TrainingRecord(
            sources=learnt.sources,
            groups=learnt.groups,
            images=_all_images(job, learnt.images),
            validation_images=learnt.validation_images,
            simulated=options["simulated"],
            options=options,
            epochs=state.epoch,
            seconds=round(state.seconds, 1),
            software={"python": platform.python_version(), "torch": torch.__version__},
            start=job.start.digest if job.start else None,
        ),
        scores=(
            Score(
                data="validation images of training, by which the weights were chosen",
                images=learnt.validation_images,
                metric=told.score,
                mean=round(state.best_score, 4),
            ),
        ),
        weights_sha256=file_sha256(folder / WEIGHTS),
    )
    write_text(folder / PAGE, page(card))
    write_card(folder, card)
    return folder


def load_weights(network: nn.Module, path: Path) -> None:
    """Put the weights of a bundle into a network.

    Raises
    ------
    ModelError
        If they are those of another network.
    """
    tensors, _ = load_tensors(path)
    _load(network, tensors, path)


def begin_with(network: nn.Module, path: Path) -> None:
    """Put the weights of a bundle into a network that may have further channels of answers; those stay random.

    Raises
    ------
    ModelError
        If they are those of another network.
    """
    tensors, _ = load_tensors(path)
    own = network.state_dict()
    for name, values in tensors.items():
        mine = own.get(name)
        if mine is not None and mine.shape != values.shape and mine.shape[1:] == values.shape[1:]:
            answers = min(len(mine), len(values))
            tensors[name] = torch.cat([values[:answers].to(mine.dtype), mine[answers:]])
    _load(network, tensors, path)


def _load(network: nn.Module, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    # calibration has tensors of its own beside those of the network
    own = {name: value for name, value in tensors.items() if not name.startswith(CALIBRATION)}
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        # torch lists every name; the first says enough
        first = " ".join(str(error).split())[:200]
        raise ModelError(
            f"the weights {str(path)!r} are not those of the network in the card: {first}"
        ) from error


def _all_images(job: FitJob, learnt: tuple[TrainingImage, ...]) -> tuple[TrainingImage, ...]:
    """What the model learnt from, and what the one learnt from that it began with: its weights know both."""
    before = job.start.card.training if job.start else None
    images = {image.sha256: image for image in (*(before.images if before else ()), *learnt)}
    return tuple(images.values())


def _halved(value: torch.Tensor) -> torch.Tensor:
    """Half precision where the numbers allow it: half the size, and nothing lost that a score would show."""
    if value.is_floating_point() and float(value.abs().max()) < LARGEST_HALF:
        return value.half()
    return value


def page(card: ModelCard) -> str:
    """The card for people, in Markdown; a table of scores only where it has any."""
    training = card.training
    assert training is not None
    low, high = card.diameter_px or (0, 0)
    sources = ", ".join(f"{name} ({count} images)" for name, count in training.sources.items())
    among = "typical particles of the patches" if training.options.get("widths") else "1st to 99th percentile"
    scores = "\n".join(
        f"| {score.data} | {score.images} | {score.metric} | {score.mean:.3f} |" for score in card.scores
    )
    table = f"\n| data | images | figure | mean |\n|---|---|---|---|\n{scores}\n" if scores else ""
    return f"""# {card.name}

{card.summary or f"A {card.kind}."}

- Plugin: `{card.plugin}` {card.plugin_version}
- Learnt from: {sources}, {training.groups} papers or specimens; simulated share {training.simulated:.0%}
- Classes: {", ".join(card.classes)}
- Diameters of the training particles: {low:g} to {high:g} px ({among})
- {training.epochs} epochs
- Licence: {card.licence or "not stated"}
- Citation: {card.citation or "none"}
{table}"""
