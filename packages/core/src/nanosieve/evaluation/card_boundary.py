"""The measured boundary offset into the card of a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nanosieve.errors import ModelError, UsageError
from nanosieve.evaluation.boundary import LEAST_IMAGES, offset_over, record_of
from nanosieve.evaluation.evaluate import Evaluation
from nanosieve.models import CARD, Boundary, read_bundle, write_card


def bundle_folder(model: str) -> Path:
    """The folder whose card is to be written.

    Raises
    ------
    UsageError
        If `model` is not the folder of a bundle: what a store keeps, others rely on.
    """
    folder = Path(model)
    if not (folder / CARD).is_file():
        raise UsageError(
            f"--write-boundary writes into the card of a model's folder, and {model!r} is none; "
            "give the folder that training wrote, and register or publish it afterwards"
        )
    return folder


def write_boundary(evaluation: Evaluation, provenance: Mapping[str, Any], folder: Path) -> Boundary:
    """Keep the offset of particles of 30 px and more in the card of a bundle.

    Parameters
    ----------
    provenance : see `nanosieve.evaluation.provenance.describe`

    Raises
    ------
    ModelError
        If it cannot be said of the model: it was trained on these images, the evaluation was stopped, or there are
        fewer than two images with enough particles.
    """
    offset = offset_over(evaluation.offsets)
    data = provenance["data"]
    if evaluation.interrupted:
        raise ModelError("the boundary was not written: the evaluation was stopped; let it run to its end")
    if provenance["seen_in_training"]:
        raise ModelError("the boundary was not written: the model was trained on these images; give others")
    if offset.images < LEAST_IMAGES:
        raise ModelError(
            f"the boundary was not written: {offset.images} images have three matched particles of 30 px or more, "
            "and two are needed; give more images, or larger particles"
        )
    sources = evaluation.images["source"].value_counts(sort=False)
    named = ", ".join(f"{name} ({count} images)" for name, count in sources.items())
    boundary = record_of(evaluation.offsets, f"{Path(data['file']).name}, {data['split']}: {named}")
    card = read_bundle(folder).card
    write_card(folder, card.model_copy(update={"boundary": boundary}))
    return boundary
