"""The options of training a segmentation network."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveFloat, model_validator

from nanosieve.specs import Config
from nanosieve.values import Kind

Precision = Literal["auto", "float32", "bfloat16"]


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


class TrainingConfig(Config):
    """How a segmentation network is trained; the defaults are those of Bals and Epple 2023 where it names them."""

    seed: int = Field(0, ge=0, description="Of weights, patches, augmentation and simulated micrographs.")
    start: Path | None = Field(
        None, description="Model bundle whose weights to begin with; relative to the file."
    )
    epochs: int = Field(60, ge=1, description="Passes over the training data.")
    minutes: float | None = Field(None, gt=0, description="Stop after so much training, however many epochs.")
    patch: int = Field(512, ge=64, multiple_of=32, description="Side of the patches, px.")
    magnification: tuple[PositiveFloat, PositiveFloat] = Field(
        (1, 1),
        description="Least and largest magnification at which patches show their images: reduced ones show more of it.",
    )
    annotations: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the patches into which a letter, a scale bar or a data bar is drawn, as figures have.",
    )
    batch: int = Field(8, ge=1, description="Patches in a step, on each device.")
    patches: int | None = Field(
        None, ge=1, description="Patches in an epoch; else as many as fit into the area of all images."
    )
    weight_map: str = Field("distance", description="How much each pixel counts: name of a weight map.")
    weight_options: dict[str, Any] = Field(default_factory=dict, description="Options of the weight map.")
    dice: float = Field(0.0, ge=0, le=1, description="Share of the Dice loss; the rest is cross-entropy.")
    second_head: float = Field(1.0, ge=0, description="Weight of the loss of the second head, if any.")
    optimizer: Literal["adam", "adamw"] = Field("adam", description="Adam, or AdamW with decoupled decay.")
    learning_rate: float = Field(1e-3, gt=0, description="Highest learning rate.")
    weight_decay: float = Field(0.0, ge=0, description="Of the optimizer.")
    schedule: Literal["constant", "cosine"] = Field("cosine", description="How the learning rate falls.")
    warmup: float = Field(0.02, ge=0, lt=1, description="Share of training in which the rate rises from 0.")
    clip: float | None = Field(1.0, gt=0, description="Largest norm of the gradient.")
    precision: Precision = Field("auto", description="auto: bfloat16 where the machine is faster with it.")
    average: float = Field(
        0.99, ge=0, lt=1, description="Decay of the exponential average of weights; 0: no average."
    )
    validate_every: int = Field(1, ge=1, description="Epochs between validations.")
    validation_images: int | None = Field(
        None, ge=1, description="Validate during training on so many images, evenly chosen; else on all."
    )
    patience: int | None = Field(
        15, ge=1, description="Stop after so many validations without a better one; null: never."
    )
    simulated: float = Field(0.0, ge=0, lt=1, description="Share of simulated micrographs among the patches.")
    simulated_kinds: tuple[Kind, ...] = Field(
        ("se", "stem_bf", "stem_df"), min_length=1, description="Kinds."
    )
    simulated_images: int = Field(48, ge=1, description="How many different ones are simulated.")
    augmentation: AugmentationConfig = Field(AugmentationConfig(), description="Random changes of patches.")

    @model_validator(mode="after")
    def _check_magnification(self) -> TrainingConfig:
        least, most = self.magnification
        if least > most:
            raise ValueError(f"magnification = [{least:g}, {most:g}]: the least comes first")
        return self
