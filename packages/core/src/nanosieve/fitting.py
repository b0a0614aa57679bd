"""What a plugin gets that is to train a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nanosieve.labelled import LabelledData
from nanosieve.models import Bundle
from nanosieve.specs import Config, Segmenter
from nanosieve.values import FloatImage, LabelImage


@dataclass(frozen=True, kw_only=True)
class FitProgress:
    """How far training has come; fields are only ever added.

    Attributes
    ----------
    stage : for people: ``"loading images"``, ``"training"``, ``"validating"``, ``"epoch over"``
    done, total : images loaded, or steps of the epoch
    epoch, epochs : the epoch at work, counted from 1, and how many there may be
    loss : running mean of the epoch; None before the first step
    metric : name of the validation score
    score : of the last validation; None before the first
    best_score : of the best validation
    seconds_left : estimated; None while nothing is known
    scores : of the epoch that is over, by name (loss; the metric where it was validated); None while one goes on
    """

    stage: str
    done: int = 0
    total: int = 0
    epoch: int = 0
    epochs: int = 0
    loss: float | None = None
    metric: str = "iou"
    score: float | None = None
    best_score: float | None = None
    seconds_left: float | None = None
    scores: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class CardTexts:
    """What the author says of the model."""

    summary: str = ""
    licence: str = ""
    citation: str = ""


@dataclass(frozen=True, kw_only=True)
class FitJob:
    """All that a plugin needs to train a model; fields are only ever added.

    Attributes
    ----------
    name : of the model
    plugin, plugin_version : who trains, for the card
    config : options of the plugin, which go into the card
    training : options of training, of the model that the plugin's record names
    data : labelled images, of which only the split ``"train"`` is learnt from
    weigh : labels (H, W) and pixels (H, W) -> weights (H, W); for segmenters
    segmenter : that finds the particles of simulated micrographs; for classifiers, or None
    folder : of the run; the bundle goes into its folder ``bundle``
    start : model whose weights to begin with, or None
    device : as in `Context`
    resume : go on from the last checkpoint in the folder
    report : called as training goes on
    """

    name: str
    plugin: str
    plugin_version: str
    config: Config
    training: Config
    data: LabelledData
    folder: Path
    weigh: Callable[[LabelImage, FloatImage], FloatImage] = lambda labels, pixels: np.ones_like(pixels)
    segmenter: Segmenter | None = None
    start: Bundle | None = None
    device: str = "auto"
    resume: bool = False
    texts: CardTexts = field(default_factory=CardTexts)
    settings: Mapping[str, object] = field(default_factory=dict)
    report: Callable[[FitProgress], None] = lambda progress: None
