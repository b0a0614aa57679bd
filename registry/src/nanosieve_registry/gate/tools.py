"""A model of any kind, ready to be scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nanosieve import Host
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.loading import Loaded, load_classifier, load_segmenter
from nanosieve.pipeline_loading import load_pipeline
from nanosieve.quality import Rules
from nanosieve_registry.reading import read_facts


@dataclass(frozen=True, kw_only=True)
class Tool:
    """What is scored.

    Attributes
    ----------
    kind : ``"segmenter"``, ``"classifier"`` or ``"pipeline"``
    segmenter : None for a classifier alone
    classifier : None for what finds particles only
    """

    name: str
    kind: str
    segmenter: Loaded[GuardedSegmenter] | None
    classifier: Loaded[GuardedClassifier] | None
    rules: Rules = field(default_factory=Rules)

    @property
    def trained_on(self) -> frozenset[str]:
        """Digests of the images that its models learnt from, as far as their cards say."""
        loaded: list[Loaded[Any]] = [each for each in (self.segmenter, self.classifier) if each is not None]
        cards = [card for each in loaded for card in (each.card, *each.cards.values()) if card is not None]
        trainings = [card.training for card in cards]
        return frozenset(image.sha256 for training in trainings if training for image in training.images)


def load_tool(name: str, folder: Path, host: Host, device: str = "auto") -> Tool:
    """Load what a bundle holds.

    Parameters
    ----------
    name : for messages
    folder : of a bundle

    Raises
    ------
    ModelError
        If it is incomplete, changed, or needs a plugin that is not there.
    """
    kind, place = read_facts(folder).kind, str(folder.absolute())
    if kind == "segmenter":
        return Tool(
            name=name, kind=kind, segmenter=load_segmenter(place, host, device=device), classifier=None
        )
    if kind == "classifier":
        return Tool(
            name=name, kind=kind, segmenter=None, classifier=load_classifier(place, host, device=device)
        )
    pipeline = load_pipeline(place, host, device)
    return Tool(
        name=name,
        kind=kind,
        segmenter=pipeline.segmenter,
        classifier=pipeline.classifier,
        rules=Rules(**pipeline.card.rules),
    )
