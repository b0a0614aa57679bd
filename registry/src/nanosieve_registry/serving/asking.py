"""Parameters of requests; unknown ones are refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from nanosieve_registry.serving.formats import Format


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid")


class PictureQuery(BaseModel):
    """Parameters of a picture."""

    model_config = ConfigDict(extra="forbid")

    pixel_size: str | None = Field(None, description='"7.34 nm", or "7.34 x 7.40 nm"; over that of the file.')
    name: str = Field(
        "picture", min_length=1, max_length=255, description="What the table calls the picture."
    )
    format: Format | None = Field(None, description="Over the header Accept.")
