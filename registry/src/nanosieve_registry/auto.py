"""The segmenter `auto`: of two models the one that suits the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nanosieve import Context, Host, Micrograph, Segmentation
from nanosieve.loading import Loaded, load_segmenter
from nanosieve_registry.auto_config import AutoConfig


@dataclass(frozen=True)
class AutoSegmenter:
    """Chooses a model for each micrograph.

    Attributes
    ----------
    choices : loaded models by ``"se"`` and ``"stem"``, or only the one that the user named
    """

    choices: Mapping[str, Loaded]

    @property
    def models(self) -> Mapping[str, str]:
        """Digests of the models by their names."""
        return {loaded.model: loaded.model_digest for loaded in self.choices.values()}

    def segment(self, micrograph: Micrograph) -> Segmentation:
        """Segment by the model that suits, and say which it was."""
        chosen = self.choices.get("stem" if micrograph.in_transmission else "se")
        if chosen is None:
            (chosen,) = self.choices.values()
        return replace(chosen.tool.segment(micrograph), model=chosen.model)


def build(context: Context) -> AutoSegmenter:
    """The segmenter with the models that its options name."""
    config = context.config
    assert isinstance(config, AutoConfig)
    host = Host()
    names = ("se", "stem") if config.choose == "auto" else (config.choose,)
    return AutoSegmenter(
        {name: load_segmenter(getattr(config, name), host, device=context.device) for name in names}
    )
