"""What the files of a model say of one another, and whether it is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from nanosieve.models import CARD, WEIGHTS, ModelCard
from nanosieve_registry.exchange.golden import GOLDEN_TYPES, Arrays, read_golden
from nanosieve_registry.exchange.layout import GOLDEN, MANIFEST, PAGE
from nanosieve_registry.exchange.manifest import Manifest, evaluation, training_data
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.strict_json import parse, parse_text
from nanosieve_registry.exchange.tensors import Shapes, tensor_shapes

CARD_VERSION = 1
LARGEST_DIAMETER_PX = 1e5


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The files of one model, read and compared.

    Attributes
    ----------
    card : of the model
    shapes : of the tensors of its weights, None without weights
    golden : input and answer
    """

    card: ModelCard
    shapes: Shapes | None
    golden: Arrays


def check_digests(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Compare the files with the signed list.

    Raises
    ------
    RefusedError
        If one is missing, was added or changed.
    """
    there = files.keys() - {MANIFEST}
    for name in sorted(there | manifest.files.keys()):
        if name not in there:
            raise RefusedError(f"{name!r} is missing, though the manifest lists it")
        if name not in manifest.files:
            raise RefusedError(f"{name!r} is there, though the manifest does not list it")
        data, record = files[name], manifest.files[name]
        if len(data) != record.bytes or hashlib.sha256(data).hexdigest() != record.sha256:
            raise RefusedError(
                f"{name!r} is not what was signed: its SHA-256 or size is another; get the file anew"
            )


def read_contents(manifest: Manifest, files: Mapping[str, bytes]) -> Contents:
    """Read what was signed, and compare each statement with the other files that make it.

    Raises
    ------
    RefusedError
        If a file is missing, cannot be read, or contradicts another.
    """
    missing = [name for name in (CARD, PAGE, GOLDEN) if name not in files]
    if missing:
        raise RefusedError(f"it has no {missing[0]!r}")
    card = read_card(files[CARD])
    parse_text(files[PAGE], repr(PAGE))
    _check_card(card, manifest, files)
    shapes = tensor_shapes(files[WEIGHTS], WEIGHTS) if WEIGHTS in files else None
    tensor_shapes(files[GOLDEN], GOLDEN, GOLDEN_TYPES)
    return Contents(card=card, shapes=shapes, golden=read_golden(files[GOLDEN], card))


def read_card(data: bytes) -> ModelCard:
    """Read the card of a stranger.

    Raises
    ------
    RefusedError
        If it is of a newer form, or says what no card may say.
    """
    fields = parse(data, repr(CARD))
    version = fields.get("schema_version")
    if type(version) is int and version > CARD_VERSION:
        raise RefusedError(
            f"{CARD!r} is of form {version}, this nanosieve reads up to {CARD_VERSION}; update it"
        )
    try:
        card = ModelCard.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise RefusedError(f"{CARD!r}: {where}: {first['msg']}") from error
    if (
        card.diameter_px is not None
        and not 0 < card.diameter_px[0] <= card.diameter_px[1] <= LARGEST_DIAMETER_PX
    ):
        raise RefusedError(f"{CARD!r}: diameter_px = {card.diameter_px} is no range of diameters")
    return card


def _check_card(card: ModelCard, manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """The card against the manifest and the weights."""
    if card.kind != manifest.kind:
        raise RefusedError(f"the manifest says {manifest.kind!r}, the card {card.kind!r}")
    if hashlib.sha256(files[CARD]).hexdigest() != manifest.lineage.card:
        raise RefusedError("the manifest names another card in its lineage")
    found = manifest.files[WEIGHTS].sha256 if WEIGHTS in files else None
    if found != card.weights_sha256:
        raise RefusedError("the weights are not those that the card names")
    if card.licence not in ("", manifest.licence):
        raise RefusedError(f"the manifest says licence {manifest.licence!r}, the card {card.licence!r}")
    if manifest.training_data != training_data(card):
        raise RefusedError("the fingerprint of the training data is not that of the images in the card")
    scores = tuple(evaluation(score) for score in card.scores)
    if manifest.evaluations[: len(scores)] != scores:
        raise RefusedError("the evaluations in the manifest are not those of the card")
