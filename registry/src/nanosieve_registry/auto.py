"""The segmenter `auto`: of two models the one that suits the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from nanosieve import Context, Host, Micrograph, Segmentation
from nanosieve.errors import ModelError
from nanosieve.labels import solidity
from nanosieve.loading import Loaded, load_segmenter
from nanosieve.models import ModelCard
from nanosieve.rescaling import resized
from nanosieve.values import Polarity
from nanosieve_registry.auto_config import AutoConfig

T = TypeVar("T")

# Below this probability of the polarity both are tried, on a copy whose longer side has so many pixels.
SURE = 0.82
COPY_PX = 384
POLARITIES: tuple[Polarity, ...] = ("bright", "dark")


@dataclass(frozen=True)
class AutoSegmenter:
    """Chooses a model for each micrograph.

    Attributes
    ----------
    choices : loaded models by ``"se"`` and ``"stem"``, or only the one that the user named

    Notes
    -----
    Where it is in doubt whether particles are bright or dark, a small copy is segmented both ways: particles are
    convex, and what a model makes of the ground is not.
    """

    choices: Mapping[str, Loaded]

    @property
    def models(self) -> Mapping[str, str]:
        """Digests of the models by their names."""
        return {loaded.model: loaded.model_digest for loaded in self.choices.values()}

    @property
    def cards(self) -> Mapping[str, ModelCard]:
        """What the models say of themselves, by their names."""
        return {loaded.model: loaded.card for loaded in self.choices.values() if loaded.card is not None}

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """Segment by the model that suits, and say which it was."""
        polarity = self._polarity(micrograph)
        if polarity != micrograph.polarity:
            micrograph = replace(micrograph, polarity=polarity)
        else:
            polarity = None
        chosen = self._suitable(micrograph)
        segmentation: Segmentation = chosen.tool.segment(micrograph)
        warnings = segmentation.warnings
        if polarity is not None:
            warnings = (f"particles taken for {polarity}, which was in doubt; --polarity says it", *warnings)
        return replace(segmentation, model=chosen.model, polarity=polarity, warnings=warnings)

    def _suitable(self, micrograph: Micrograph) -> Loaded:
        chosen = self.choices.get("stem" if micrograph.in_transmission else "se")
        if chosen is None:
            (chosen,) = self.choices.values()
        return chosen

    def _polarity(self, micrograph: Micrograph) -> Polarity | None:
        """That of the micrograph or, in doubt, that whose particles are more convex."""
        if micrograph.polarity is None or micrograph.polarity_certainty >= SURE:
            return micrograph.polarity
        copy = resized(micrograph, min(1.0, COPY_PX / max(micrograph.shape)))
        solidities = {}
        for polarity in POLARITIES:
            seen = replace(copy, polarity=polarity)
            solidities[polarity] = solidity(self._suitable(seen).tool.segment(seen).labels)
        if solidities["bright"] == solidities["dark"]:
            return micrograph.polarity
        return max(POLARITIES, key=lambda polarity: solidities[polarity])


def build(context: Context) -> AutoSegmenter:
    """The segmenter with the models that its options name."""
    config = context.config
    assert isinstance(config, AutoConfig)
    host = Host()
    return AutoSegmenter(
        chosen_tools(
            context,
            named(config.choose),
            lambda name: load_segmenter(getattr(config, name), host, device=context.device),
        )
    )


def named(choose: str) -> tuple[str, ...]:
    """Options that name the tools to choose among."""
    return ("se", "stem") if choose == "auto" else (choose,)


def chosen_tools(
    context: Context, names: Sequence[str], load: Callable[[str], Loaded[T]]
) -> dict[str, Loaded[T]]:
    """The tools that options name, or those that came with a pipeline.

    Parameters
    ----------
    names : of the options
    load : what an option names

    Raises
    ------
    ModelError
        If a pipeline came without one of them.
    """
    if not context.tools:
        return {name: load(name) for name in names}
    if missing := [name for name in names if name not in context.tools]:
        raise ModelError(
            f"the pipeline came without the tool for {missing[0]!r}; get it anew, or publish it anew"
        )
    return {name: context.tools[name] for name in names}
