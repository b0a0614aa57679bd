"""The labelled images on which versions of a model are compared: registered, so that all are compared on the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nanosieve import Host
from nanosieve.errors import UsageError
from nanosieve.evaluation.selection import select
from nanosieve.labelled import Entry, fingerprint, read_data
from nanosieve_registry.errors import PromotionError
from nanosieve_registry.registry import Registry
from nanosieve_registry.versions import PREFIX

TAG = f"{PREFIX}evaluation_set"


@dataclass(frozen=True, kw_only=True)
class EvaluationSet:
    """What a registered model keeps of its evaluation set; the images stay where they are.

    Attributes
    ----------
    file : the TOML file that describes them, where it was when the set was registered
    split : which of its images
    fingerprint : see `nanosieve.labelled.fingerprint`
    images : how many
    """

    file: str
    split: str
    fingerprint: str
    images: int


def read_set(file: Path, split: str, host: Host) -> tuple[EvaluationSet, list[Entry]]:
    """The images of a split, and what they are together; every file is read.

    Raises
    ------
    UsageError
        If the file cannot be read, or the split is empty.
    """
    entries = select(read_data(file, host.readers).entries, split, None, file)
    described = EvaluationSet(
        file=str(file.resolve()), split=split, fingerprint=fingerprint(entries), images=len(entries)
    )
    return described, entries


def register_set(registry: Registry, name: str, described: EvaluationSet) -> None:
    """Make a set the one on which versions of a model are compared."""
    registry.set_model_tag(name, TAG, json.dumps(asdict(described)))


def registered_set(registry: Registry, name: str) -> EvaluationSet | None:
    """The set on which versions of a model are compared; None where there is none yet."""
    text = registry.tags(name).get(TAG)
    if text is None:
        return None
    try:
        return EvaluationSet(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise PromotionError(
            f"the tag {TAG!r} of {name!r} cannot be read: {error}; register the evaluation set anew"
        ) from error


def entries_of(
    registry: Registry, name: str, file: Path | None, split: str | None, host: Host
) -> tuple[EvaluationSet, Sequence[Entry]]:
    """The images of the set that is registered for a model, found and checked.

    Parameters
    ----------
    file, split : where they lie; None for where they were when they were registered

    Raises
    ------
    PromotionError
        If no set is registered, or the images or labels are not those that were.
    """
    known = registered_set(registry, name)
    if known is None:
        raise PromotionError(
            f"no evaluation set is registered for {name!r}, so its versions cannot be compared; "
            f"register one with `nanosieve models evaluation-set {name} DATA.toml --split test`"
        )
    place = file or Path(known.file)
    if not place.is_file():
        raise UsageError(
            f"the evaluation set of {name!r} was described by {known.file!r}, which is not here; "
            "name its copy with --data"
        )
    found, entries = read_set(place, split or known.split, host)
    if found.fingerprint != known.fingerprint:
        raise PromotionError(
            f"{str(place)!r}, split {found.split!r}, is not the evaluation set of {name!r}: its fingerprint is "
            f"{found.fingerprint[:12]}... ({found.images} images), registered is {known.fingerprint[:12]}... "
            f"({known.images} images, split {known.split!r}); take the registered one, or register this one with "
            f"`nanosieve models evaluation-set {name} {place} --split {found.split}`"
        )
    return found, entries
