"""The options of the segmenter and of the classifier `auto`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nanosieve import Config


class AutoConfig(Config):
    """Options of the segmenter `auto`."""

    choose: Literal["auto", "se", "stem"] = Field(
        "auto",
        description="se: secondary electrons; stem: transmission; auto: transmission where particles are darker than "
        "the ground, which they are not in secondary electrons, or the file names a detector for it.",
    )
    se: str = Field("shipped:se-segmenter", description="Model for secondary electrons: folder or URI.")
    stem: str = Field("shipped:stem-segmenter", description="Model for transmission: folder or URI.")


class AutoShapesConfig(Config):
    """Options of the classifier `auto`."""

    choose: Literal["auto", "se", "stem"] = Field(
        "auto",
        description="se: secondary electrons; stem: transmission; auto: as the segmenter `auto` chooses.",
    )
    se: str = Field("shipped:se-shape", description="For secondary electrons: plugin, folder or URI.")
    stem: str = Field("shipped:stem-shape", description="For transmission: plugin, folder or URI.")
    second: str = Field(
        "geometry",
        description="Second opinion in transmission: plugin, folder or URI; empty: none.",
    )
    second_share: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="How much the second opinion counts where it knows the likeliest class and that is one that is "
        "sized; above 1 - `confidence` no class is accepted that it rules out.",
    )
