"""Which model answered for an image, and what it says of itself: a segmenter may choose among several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nanosieve.loading import Loaded
from nanosieve.models import Boundary, ModelCard


def card_of(segmenter: Loaded[Any], model: str = "") -> ModelCard | None:
    """The card of the model that answered; None for a plugin without one.

    Parameters
    ----------
    model : as the segmentation, and the column ``model`` of the images, names it; "" where there was no choice
    """
    return segmenter.cards.get(model, segmenter.card)


def boundary_of(segmenter: Loaded[Any], model: str = "") -> Boundary | None:
    """By how much the diameters of that model are off; None where nobody measured it."""
    card = card_of(segmenter, model)
    return None if card is None else card.boundary


def boundaries_among(segmenter: Loaded[Any], models: Iterable[str]) -> dict[str, Boundary]:
    """The boundaries that are known of those models, by name."""
    found = {str(model): boundary_of(segmenter, model) for model in models}
    return {model: boundary for model, boundary in found.items() if boundary is not None}


def boundaries_of(segmenter: Loaded[Any]) -> Mapping[str, dict[str, Any]]:
    """All that is known of the boundaries of a segmenter's models, for the record: by name, "" for the only one."""
    cards = {**segmenter.cards, **({} if segmenter.card is None else {"": segmenter.card})}
    return {name: card.boundary.model_dump(mode="json") for name, card in cards.items() if card.boundary}
