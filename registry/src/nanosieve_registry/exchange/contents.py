"""What the files of a model say of one another, and whether it is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nanosieve.models import CARD, PIPELINE_CARD, ModelCard, Score, TrainingImage
from nanosieve.pipeline_bundles import PipelineCard
from nanosieve_registry.exchange.golden import GOLDEN_TYPES, Arrays, read_golden
from nanosieve_registry.exchange.layout import GOLDEN, MANIFEST, PAGE
from nanosieve_registry.exchange.manifest import Manifest, evaluation, training_data
from nanosieve_registry.exchange.parts import Files, Part, model_part, pipeline_parts
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.strict_json import parse_text
from nanosieve_registry.exchange.tensors import tensor_shapes


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A model or pipeline as its files describe it.

    Attributes
    ----------
    card : ``model.json`` or ``pipeline.json``
    parts : its tools
    digest : SHA-256 of the card
    """

    card: ModelCard | PipelineCard
    parts: tuple[Part, ...]
    digest: str

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """Cards of the models in it."""
        return tuple(part.card for part in self.parts if part.card is not None)

    @property
    def licence(self) -> str:
        """The licence that the cards state: that of the whole, else those of the models; "" where none does."""
        if self.card.licence:
            return self.card.licence
        return " AND ".join(sorted({card.licence for card in self.cards} - {""}))

    @property
    def images(self) -> tuple[TrainingImage, ...]:
        """What the models learnt from."""
        trainings = (card.training for card in self.cards)
        return tuple(image for training in trainings if training for image in training.images)

    @property
    def scores(self) -> tuple[Score, ...]:
        """Figures of merit in the cards."""
        of_models = [score for card in self.cards if card is not self.card for score in card.scores]
        return (*self.card.scores, *of_models)


def check_digests(manifest: Manifest, files: Files) -> None:
    """Compare the files with the signed list.

    Raises
    ------
    RefusedError
        If one is missing, was added or changed.
    """
    there = files.data.keys() - {MANIFEST}
    for name in sorted(there | manifest.files.keys()):
        if name not in there:
            raise RefusedError(f"{name!r} is missing, though the manifest lists it")
        if name not in manifest.files:
            raise RefusedError(f"{name!r} is there, though the manifest does not list it")
        record = manifest.files[name]
        if len(files.data[name]) != record.bytes or files.digests[name] != record.sha256:
            raise RefusedError(
                f"{name!r} is not what was signed: its SHA-256 or size is another; get the file anew"
            )


def read_contents(kind: str, files: Files) -> Contents:
    """Read cards and weights.

    Raises
    ------
    RefusedError
        If a file is missing, cannot be read, or contradicts another.
    """
    if kind == "pipeline":
        card, parts = pipeline_parts(files)
        return Contents(card=card, parts=parts, digest=files.digests[PIPELINE_CARD])
    part = model_part(files)
    assert part.card is not None
    if part.card.kind != kind:
        raise RefusedError(f"the manifest says {kind!r}, the card {part.card.kind!r}")
    return Contents(card=part.card, parts=(part,), digest=files.digests[CARD])


def read_goldens(contents: Contents, files: Mapping[str, bytes]) -> Mapping[str, Arrays]:
    """Golden inputs with their answers, by the folder of the part.

    Raises
    ------
    RefusedError
        If one is missing, or not what a tool of this kind has; or there is a file beside those that belong there.
    """
    goldens = {part.folder: part.folder + GOLDEN for part in contents.parts}
    top = CARD if isinstance(contents.card, ModelCard) else PIPELINE_CARD
    expected = {top, PAGE, *goldens.values(), *(name for part in contents.parts for name in part.names())}
    there = files.keys() - {MANIFEST}
    for name in sorted(expected ^ there):
        raise RefusedError(
            f"it has no {name!r}" if name in expected else f"{name!r} belongs to no part of the model"
        )
    for name in sorted(there):
        if name.endswith(PAGE):
            parse_text(files[name], repr(name))
    found = {}
    for part in contents.parts:
        data = files[goldens[part.folder]]
        tensor_shapes(data, goldens[part.folder], GOLDEN_TYPES)
        found[part.folder] = read_golden(data, part.plan.kind)
    return found


def check_statements(manifest: Manifest, contents: Contents) -> None:
    """Compare what the manifest states of the model with its cards.

    Raises
    ------
    RefusedError
        Naming what differs.
    """
    if contents.digest != manifest.lineage.card:
        raise RefusedError("the manifest names another card in its lineage")
    if contents.licence not in ("", manifest.licence):
        raise RefusedError(f"the manifest says licence {manifest.licence!r}, the card {contents.licence!r}")
    if manifest.training_data != training_data(contents.images):
        raise RefusedError("the fingerprint of the training data is not that of the images in the card")
    stated = [each for each in manifest.evaluations if each.fingerprint is None]
    if stated != [evaluation(score) for score in contents.scores]:
        raise RefusedError("the evaluations in the manifest are not those of the card")
