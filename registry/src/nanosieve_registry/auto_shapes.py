"""The classifier `auto`: of two classifiers the one that suits the picture, in transmission with a second opinion.

References
----------
.. [1] M. Stone, "The opinion pool", Ann. Math. Stat. 1961, 32, 1339.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nanosieve import Context, Host
from nanosieve.loading import Loaded, load_classifier
from nanosieve.models import ModelCard
from nanosieve.particles import Particles
from nanosieve.values import FloatImage
from nanosieve_registry.auto import chosen_tools, named
from nanosieve_registry.auto_config import AutoShapesConfig

SECOND = "second"


@dataclass(frozen=True)
class AutoClassifier:
    """Chooses for each micrograph; its classes are those of all choices.

    Attributes
    ----------
    choices : classifiers by ``"se"`` and ``"stem"``, or only the one that the user named, and by ``"second"`` the one
        that gives a second opinion in transmission, if any
    share : how much that counts
    """

    choices: Mapping[str, Loaded[Any]]
    share: float = 0.0

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
        """Probabilities of shape (n, k), float32.

        A network sees the picture, and `geometry` the outline to a fraction of a pixel: in transmission the mean of
        both [1]_, weighted by `share`, is given of particles whose likeliest class both know, and that would be sized.
        """
        kind = "stem" if particles.micrograph.in_transmission else "se"
        if kind not in self.choices:
            (kind,) = self.choices.keys() - {SECOND}
        probabilities = self._answers(kind, particles)
        if kind != "stem" or SECOND not in self.choices:
            return probabilities
        card = self.choices[kind].card
        excluded = () if card is None else card.excluded_classes
        asked = np.isin(self.classes, self.choices[SECOND].tool.classes) & ~np.isin(self.classes, excluded)
        both = np.flatnonzero(asked[probabilities.argmax(axis=1)])
        second = self._answers(SECOND, particles.take(both))
        probabilities[both] = (1 - self.share) * probabilities[both] + self.share * second
        return probabilities

    def _answers(self, choice: str, particles: Particles) -> FloatImage:
        tool = self.choices[choice].tool
        probabilities = np.zeros((len(particles), len(self.classes)), np.float32)
        probabilities[:, [self.classes.index(name) for name in tool.classes]] = tool.classify(particles)
        return probabilities


def build(context: Context) -> AutoClassifier:
    """The classifier with those that its options name."""
    config = context.config
    assert isinstance(config, AutoShapesConfig)
    host = Host()
    names = named(config.choose)
    # a pipeline that was made before there were second opinions came without one
    if "stem" in names and config.second and (not context.tools or SECOND in context.tools):
        names = (*names, SECOND)
    return AutoClassifier(
        chosen_tools(
            context, names, lambda name: load_classifier(getattr(config, name), host, device=context.device)
        ),
        config.second_share,
    )
