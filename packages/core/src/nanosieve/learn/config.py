"""The options of training a segmentation network."""

from __future__ import annotations

from typing import Any

from pydantic import Field, PositiveFloat, model_validator

from nanosieve.kinds import Kind
from nanosieve.learn.loop_config import LoopConfig
from nanosieve.specs import Config


class AugmentationConfig(Config):
    """How patches are changed at random; image, target and weights together where they are moved."""

    flip: bool = Field(True, description="Mirror in x and y, each with probability 1/2.")
    rotation: float = Field(180, ge=0, le=180, description="Largest turn, degrees.")
    shear: float = Field(0.15, ge=0, lt=1, description="Largest shear, as a share of the side.")
    zoom: float = Field(0.15, ge=0, lt=1, description="Largest change of magnification, as a share.")
    moved: float = Field(
        0.75, ge=0, le=1, description="Share of the patches that are turned, sheared and zoomed."
    )
    brightness: float = Field(0.1, ge=0, le=1, description="Largest shift of grey, over the range of grey.")
    contrast: float = Field(0.2, ge=0, lt=1, description="Largest change of contrast, as a share.")
    gamma: float = Field(0.0, ge=0, lt=1, description="Largest change of the gamma exponent, as a share.")
    noise: float = Field(0.0, ge=0, le=1, description="Largest standard deviation of added noise.")
    blur: float = Field(0.0, ge=0, le=10, description="Largest standard deviation of added blur, px.")
    inversion: float = Field(0.0, ge=0, le=1, description="Share of the patches that become negatives.")
    charging: float = Field(0.0, ge=0, le=1, description="Largest strength of streaks along the rows.")
    further: tuple[dict[str, Any], ...] = Field(
        (),
        description='Further classes of kornia.augmentation with their arguments: {name = "RandomErasing", p = 0.1}.',
    )


class TrainingConfig(LoopConfig):
    """How a segmentation network is trained."""

    patch: int = Field(512, ge=64, multiple_of=32, description="Side of the patches, px.")
    magnification: tuple[PositiveFloat, PositiveFloat] = Field(
        (1, 1),
        description="Least and largest magnification at which patches show their images: reduced ones show more of it.",
    )
    widths: tuple[PositiveFloat, PositiveFloat] | None = Field(
        None,
        description="Instead of magnification: least and largest width, px, at which patches show the typical "
        "particle of their image, so that small particles are learnt as they are segmented, magnified.",
    )
    annotations: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the patches into which a letter, a scale bar or a data bar is drawn, as figures have.",
    )
    patches: int | None = Field(
        None, ge=1, description="Patches in an epoch; else as many as fit into the area of all images."
    )
    weight_map: str = Field("distance", description="How much each pixel counts: name of a weight map.")
    weight_options: dict[str, Any] = Field(default_factory=dict, description="Options of the weight map.")
    dice: float = Field(0.0, ge=0, le=1, description="Share of the Dice loss; the rest is cross-entropy.")
    second_head: float = Field(1.0, ge=0, description="Weight of the loss of the second head, if any.")
    validation_images: int | None = Field(
        None, ge=1, description="Validate during training on so many images, evenly chosen; else on all."
    )
    simulated: float = Field(0.0, ge=0, lt=1, description="Share of simulated micrographs among the patches.")
    simulated_kinds: tuple[Kind, ...] = Field(
        ("se", "stem_bf", "stem_df"), min_length=1, description="Kinds."
    )
    simulated_images: int = Field(48, ge=1, description="How many different ones are simulated.")
    augmentation: AugmentationConfig = Field(AugmentationConfig(), description="Random changes of patches.")

    @model_validator(mode="after")
    def _check_magnification(self) -> TrainingConfig:
        for name, (least, most) in {
            "magnification": self.magnification,
            "widths": self.widths or (1, 1),
        }.items():
            if least > most:
                raise ValueError(f"{name} = [{least:g}, {most:g}]: the least comes first")
        return self
