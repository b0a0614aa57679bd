"""The options that the training of every network shares."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from nanosieve.specs import Config

Precision = Literal["auto", "float32", "bfloat16"]


class LoopConfig(Config):
    """How a network is trained; the defaults are those of Bals and Epple 2023 where it names them."""

    seed: int = Field(0, ge=0, description="Of weights, patches, augmentation and simulated micrographs.")
    start: Path | None = Field(
        None, description="Model bundle whose weights to begin with; relative to the file."
    )
    epochs: int = Field(60, ge=1, description="Passes over the training data.")
    minutes: float | None = Field(None, gt=0, description="Stop after so much training, however many epochs.")
    batch: int = Field(8, ge=1, description="Patches or cut-outs in a step, on each device.")
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
    patience: int | None = Field(
        15, ge=1, description="Stop after so many validations without a better one; null: never."
    )
