"""The options of the classifier `alexnet`."""

from __future__ import annotations

from pydantic import Field

from nanosieve.learn.shapes.config import ShapeNetworkConfig


class AlexNetConfig(ShapeNetworkConfig):
    """Options of `alexnet`; the dropout is used in training only."""

    dropout: float = Field(0.5, ge=0, lt=1, description="Share of fully connected units that are silenced.")
