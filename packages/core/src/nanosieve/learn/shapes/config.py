"""The options of networks that classify shapes, and of their training."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from nanosieve.kinds import Kind
from nanosieve.learn.loop_config import LoopConfig, Precision
from nanosieve.specs import Config

# Share of simulated pictures in which most particles lie in piles.
CROWDED = 0.4


class ShapeNetworkConfig(Config):
    """What a classification network sees; the first four belong to its weights."""

    size: int = Field(64, ge=32, le=512, multiple_of=32, description="Side of the cut-outs, px.")
    margin: float = Field(
        0.1,
        ge=0,
        le=1,
        description="By how much the bounding box is enlarged on each side, over its longer side.",
    )
    mask: bool = Field(
        True,
        description="Show the particle's own mask as a second channel: in a crowd the box holds neighbours.",
    )
    neighbours: bool = Field(
        False, description="Show other particles in that channel too, half as bright: what may cover it."
    )
    views: Literal[1, 2, 4, 8] = Field(
        1,
        description="In how many ways each cut-out is shown, turned and mirrored: the mean is answered. "
        "It takes as many times longer.",
    )
    batch: int = Field(128, ge=1, description="Cut-outs computed at once.")
    precision: Precision = Field("auto", description="auto: bfloat16 where the machine is faster with it.")

    @property
    def shown(self) -> dict[str, Any]:
        """How cut-outs are made, by name."""
        return self.model_dump(include={"size", "margin", "mask", "neighbours", "batch"})

    @property
    def channels(self) -> int:
        """Planes of a cut-out."""
        return 2 if self.mask else 1


class ShapeAugmentationConfig(Config):
    """How cut-outs are changed at random, image and mask together where they are moved."""

    flip: bool = Field(True, description="Mirror in x and y, each with probability 1/2.")
    rotation: float = Field(180, ge=0, le=180, description="Largest turn, degrees.")
    zoom: float = Field(
        0.25, ge=0, lt=1, description="By how much, at most, a cut-out is made smaller, as a share."
    )
    shift: float = Field(0.06, ge=0, lt=1, description="Largest shift, over the side: a random crop.")
    brightness: float = Field(0.15, ge=0, le=1, description="Largest shift of grey, over the range of grey.")
    contrast: float = Field(0.3, ge=0, lt=1, description="Largest change of contrast, as a share.")
    noise: float = Field(0.08, ge=0, le=1, description="Largest standard deviation of added noise.")


class ShapeTrainingConfig(LoopConfig):
    """How a classification network is trained."""

    items: int | None = Field(
        None, ge=1, description="Cut-outs in an epoch; else as many as there are to learn from."
    )
    left_out: tuple[str, ...] = Field((), description="Classes in the data that are not learnt.")
    others: tuple[str, ...] = Field(
        (),
        description="Classes in the data, or odd ones of the simulator, of which is learnt that they are none of the "
        "classes: they are answered as unknown.",
    )
    class_weights: bool = Field(True, description="Weigh rare classes up, so that all count the same in sum.")
    simulated: float = Field(0.0, ge=0, le=1, description="Share of simulated particles among the cut-outs.")
    simulated_kinds: tuple[Kind, ...] = Field(("se",), min_length=1, description="Kinds.")
    simulated_images: int = Field(
        200, ge=2, description="How many micrographs are simulated; every eleventh is for validation."
    )
    simulated_crowded: float = Field(
        CROWDED, ge=0, le=1, description="Share of the micrographs in which most particles lie in piles."
    )
    segmenter: str = Field(
        "auto",
        description="Segmenter that finds the simulated particles, so that its errors are in what is learnt.",
    )
    excluded_classes: tuple[str, ...] = Field(
        ("covered", "agglomerate"), description="Classes that are counted but not sized; for the card."
    )
    known_lost: float = Field(
        0.04, gt=0, lt=0.5, description="Share of known particles that may be taken for shapes never seen."
    )
    labelled_share: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="How much labelled particles count in the calibration, of which simulated ones make the rest.",
    )
    augmentation: ShapeAugmentationConfig = Field(
        ShapeAugmentationConfig(), description="Random changes of cut-outs."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        both = sorted(set(self.left_out) & set(self.others))
        if both:
            raise ValueError(
                f"{both[0]!r} is in left_out and in others: it is either not learnt, or as unknown"
            )
        return self
