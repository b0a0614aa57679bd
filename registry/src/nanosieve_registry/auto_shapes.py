"""The classifier `auto`: of two classifiers the one that suits the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nanosieve import Context, Host
from nanosieve.loading import Loaded, load_classifier
from nanosieve.models import ModelCard
from nanosieve.particles import Particles
from nanosieve.values import FloatImage
from nanosieve_registry.auto import chosen_tools
from nanosieve_registry.auto_config import AutoShapesConfig


@dataclass(frozen=True)
class AutoClassifier:
    """Chooses for each micrograph; its classes are those of all choices.

    Attributes
    ----------
    choices : classifiers by ``"se"`` and ``"stem"``, or only the one that the user named
    """

    choices: Mapping[str, Loaded]

    @property
    def models(self) -> Mapping[str, str]:
        """Digests of the models by their names; a plugin without one has none."""
        return {each.model: each.model_digest for each in self.choices.values() if each.model}

    @property
    def cards(self) -> Mapping[str, ModelCard]:
        """What the models say of themselves, by their names."""
        return {each.model: each.card for each in self.choices.values() if each.card is not None}

    @property
    def classes(self) -> tuple[str, ...]:
        """Each once; what the one that is chosen does not know has probability 0."""
        return tuple(dict.fromkeys(name for each in self.choices.values() for name in each.tool.classes))

    def classify(self, particles: Particles) -> FloatImage:
        """Probabilities of shape (n, k), float32."""
        chosen = self.choices.get("stem" if particles.micrograph.in_transmission else "se")
        if chosen is None:
            (chosen,) = self.choices.values()
        answers = chosen.tool.classify(particles)
        probabilities = np.zeros((len(particles), len(self.classes)), np.float32)
        probabilities[:, [self.classes.index(name) for name in chosen.tool.classes]] = answers
        return probabilities


def build(context: Context) -> AutoClassifier:
    """The classifier with those that its options name."""
    config = context.config
    assert isinstance(config, AutoShapesConfig)
    host = Host()
    return AutoClassifier(
        chosen_tools(
            context, lambda name: load_classifier(getattr(config, name), host, device=context.device)
        )
    )
