"""The summary of a run: what ``summary.json`` holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nanosieve.contract.faults import Fault
from nanosieve.contract.images import COUNTS, SHA256
from nanosieve.statistics.results import SampleStatistics
from nanosieve.values import BoundaryTreatment, Confidence

Count = Annotated[int, Field(ge=0)]
Size = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=SHA256)]


class Part(BaseModel):
    """What all parts of a summary share."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FailedStep(Part):
    """One row of the failures."""

    image: str = Field(description="Name of the image; empty where the whole run is concerned.")
    stage: str = Field(min_length=1, description="What was being done.")
    error: str = Field(min_length=1, description="What went wrong and what to do.")


class ImageOrigin(Part):
    """Where one image came from."""

    path: str = Field(description="The file that was read.")
    sha256: Sha256 = Field(description="SHA-256 of the file.")
    pixel_size_nm: Size | None = Field(description="Width of a pixel; null without a scale.")
    pixel_size_y_nm: Size | None = Field(description="Height of a pixel; null without a scale.")
    pixel_size_source: str = Field(description="Who says so.")
    pixel_size_confidence: Confidence = Field(description="How far that can be trusted.")
    instrument: str = Field("", description="Name and number of the microscope, where the file has them.")
    detector: str = Field("", description="Detector, where the file names one.")
    voltage_kv: Size | None = Field(None, description="Accelerating voltage; null where the file has none.")
    working_distance_mm: Size | None = Field(
        None, description="Working distance; null where the file has none."
    )
    microscope_magnification: Size | None = Field(
        None, description="Magnification; null where the file has none."
    )
    recorded: str = Field("", description="When it was recorded, in the file's own words.")
    polarity: Literal["bright", "dark", ""] = Field(description="Particles against the ground.")
    model: str = Field(description="Which model answered.")
    model_magnification: Size = Field(
        1.0, description="Sides of the picture that the model saw over those of the micrograph."
    )
    boundary: BoundaryTreatment = Field(
        "unknown", description="What was done about where the model puts the edge of particles."
    )


class Provenance(Part):
    """What made the numbers."""

    model_config = ConfigDict(extra="allow", frozen=True)

    segmenter: dict[str, Any] = Field(description="Name, provider, settings and model of the segmenter.")
    classifier: dict[str, Any] | None = Field(description="The same of the classifier; null without one.")
    measures: tuple[str, ...] = Field(description="The measures and who offers them.")
    rules: dict[str, Any] = Field(description="When a particle counted.")
    units: Literal["nm", "px"] = Field(description="Unit of lengths.")
    pixel_size: dict[str, Any] | None = Field(description="Given by the user; null where the files say it.")
    polarity: Literal["auto", "bright", "dark"] = Field(description="As the user gave it.")
    code: Sha256 = Field(description="Digest of the sources of nanosieve and of the plugins that took part.")
    software: dict[str, Any] = Field(description="Versions of Python, plugins and libraries.")
    images: dict[str, ImageOrigin] = Field(description="By name of the image.")


class Summary(Part):
    """The whole of ``summary.json``."""

    images: Count = Field(description="Images that were analysed.")
    failures: tuple[FailedStep, ...] = Field(description="The rows of `failures.csv`.")
    interrupted: bool = Field(description="Whether images are missing because the run was stopped.")
    balance: dict[str, Count] = Field(description="`detected` = `accepted` + each reason.")
    size: str = Field(pattern="_(nm|px)$", description="The column that sizes are taken from.")
    statistics: SampleStatistics | None = Field(
        description="Sizes, shapes, fits, budget and verdict; null where they failed, see the failures."
    )
    provenance: Provenance = Field(description="What made the numbers.")

    @model_validator(mode="after")
    def _balance_closes(self) -> Self:
        counts = dict(self.balance)
        if not set(COUNTS) <= set(counts):
            raise ValueError(f"balance must have {' and '.join(map(repr, COUNTS))}")
        if counts.pop("detected") != sum(counts.values()):
            raise ValueError("balance: detected must be accepted plus all reasons")
        return self


def summary_faults(summary: Any) -> list[Fault]:
    """All that is wrong with a summary.

    Parameters
    ----------
    summary : plain JSON values
    """
    try:
        Summary.model_validate(summary)
    except ValidationError as error:
        return [
            Fault(each["msg"].removeprefix("Value error, "), ".".join(map(str, each["loc"])))
            for each in error.errors(include_url=False)
        ]
    return []
