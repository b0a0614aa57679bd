"""The manifest: all that a lab signs of a model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from nanosieve.models import Score, TrainingImage
from nanosieve_registry.exchange.keys import LAB
from nanosieve_registry.exchange.layout import largest
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.strict_json import canonical, parse

FORMAT, VERSION = "nanosieve-model", 1
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _lab(name: str) -> str:
    if not LAB.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a lab")
    return name


class Part(BaseModel):
    """A part of the manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileRecord(Part):
    """One file beside the manifest."""

    sha256: Sha256
    bytes: int = Field(ge=0)


class TrainingData(Part):
    """What the model learnt from, without the pictures."""

    fingerprint: Sha256 = Field(description="See `training_data`.")
    images: int = Field(ge=0, description="How many.")


class Evaluation(Part):
    """A figure of merit: of a card, or, with the fingerprint of its images, of the registry of the sender."""

    data: str = Field(max_length=500, description="Which images.")
    fingerprint: str | None = Field(None, max_length=64, description="Digest of the evaluation set.")
    images: int | None = Field(ge=0, description="How many; null where the registry does not know.")
    metric: str = Field(max_length=200, description="Name of the figure.")
    mean: float = Field(description="Mean over the images.")
    sd: float | None = Field(None, description="Standard deviation over the images.")


class Lineage(Part):
    """Where the model comes from."""

    lab: Annotated[str, AfterValidator(_lab)] = Field(description="The lab that signs.")
    version: str | None = Field(None, max_length=40, description="Version in the registry of that lab.")
    run_id: str | None = Field(None, max_length=100, description="Run of training there.")
    card: Sha256 = Field(description="SHA-256 of the card: model.json or pipeline.json.")
    start: Sha256 | None = Field(None, description="SHA-256 of the card of the model that it began from.")


class Tolerance(Part):
    """How far the answer of the receiver may be from that of the sender.

    ``benchmarks/golden.py`` shows where the numbers come from: between float32 and bfloat16 the shipped models differ
    by 0.0003 on average and in 0.0003 of the pixels; with 3 % of noise on their weights by 0.001 and in 0.002. The
    upper limits belong to the receiver: a manifest that allows itself more is refused.
    """

    mean: float = Field(0.001, gt=0, le=0.005, description="Mean absolute difference of probabilities.")
    share: float = Field(
        0.002,
        gt=0,
        le=0.005,
        description="Share of the pixels that are particle, or parted from a neighbour, in one answer only.",
    )


class Manifest(Part):
    """What is signed."""

    format: Literal["nanosieve-model"] = "nanosieve-model"
    format_version: Literal[1] = 1
    written_by: str = Field(max_length=100, description="Distribution and version.")
    kind: Literal["segmenter", "classifier", "pipeline"]
    name: str = Field(pattern=NAME_PATTERN, description="Name of the model in the lab that signs.")
    licence: str = Field(min_length=1, max_length=200, description="SPDX identifier.")
    files: dict[str, FileRecord] = Field(description="Every file beside the manifest.")
    lineage: Lineage
    training_data: TrainingData | None = None
    evaluations: tuple[Evaluation, ...] = ()
    golden: Tolerance = Tolerance()

    def to_bytes(self) -> bytes:
        """The one way to write it."""
        return canonical(self.model_dump(mode="json"))

    @property
    def full_name(self) -> str:
        """What the receiver's registry calls the model: ``lab-a.spheres``."""
        return f"{self.lineage.lab}.{self.name}"


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest, whose signature was checked.

    Raises
    ------
    RefusedError
        If it is of another format, of a newer version, or says what no manifest may say.
    """
    fields = parse(data, "the manifest")
    if fields.get("format") != FORMAT:
        raise RefusedError(f"the manifest is of format {fields.get('format')!r}, not {FORMAT!r}")
    version = fields.get("format_version")
    if type(version) is int and version > VERSION:
        raise RefusedError(
            f"the file is of format {version}, this nanosieve reads up to {VERSION}; update nanosieve"
        )
    try:
        manifest = Manifest.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise RefusedError(f"the manifest: {where}: {first['msg']}") from error
    unknown = sorted(name for name in manifest.files if largest(name) is None)
    if unknown:
        raise RefusedError(f"the manifest names {unknown[0]!r}, which no model file may hold")
    return manifest


def training_data(images: Sequence[TrainingImage]) -> TrainingData | None:
    """What cards say of the images that their models learnt from; None where they name none.

    The fingerprint is the SHA-256 over the sorted lines ``digest  name``, as ``sha256sum`` prints them.
    """
    if not images:
        return None
    lines = sorted({f"{image.sha256}  {image.name}\n" for image in images})
    fingerprint = hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()
    return TrainingData(fingerprint=fingerprint, images=len(lines))


def evaluation(score: Score) -> Evaluation:
    """A figure of a card."""
    return Evaluation(**score.model_dump())
