"""What an evaluation was made of: the model, the data, and whether the model had seen them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from nanosieve.guards import GuardedSegmenter
from nanosieve.host import Host
from nanosieve.loading import Loaded
from nanosieve.models import file_sha256
from nanosieve.provenance import software

# A pixel is particle above this probability. It is fixed beforehand: tuned on the images that are scored, every
# segmenter looks better than it is.
THRESHOLD = 0.5


class HashedEntry(Protocol):
    """An entry of labelled data; its digest is made when it is asked for."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...


def describe(
    loaded: Loaded[GuardedSegmenter], data: Path, split: str, entries: Sequence[HashedEntry], host: Host
) -> dict[str, Any]:
    """The record of an evaluation, plain JSON values.

    Parameters
    ----------
    data : the file that describes the labelled data
    entries : the images of the split that are to be scored

    Returns
    -------
    dict with ``segmenter``, ``threshold``, ``data``, ``seen_in_training`` (names of images that the model was trained
    on, by the digest of their files; None where the model does not say), ``notes`` on how the model was found, and
    ``software``
    """
    digests = {entry.name: _digest(entry) for entry in entries}
    trained_on = _trained_on(loaded)
    seen = None if trained_on is None else [name for name, digest in digests.items() if digest in trained_on]
    return {
        "segmenter": loaded.provenance(),
        "threshold": _threshold(loaded),
        "data": {
            "file": str(data),
            "sha256": file_sha256(data),
            "split": split,
            "count": len(entries),
            "images": digests,
        },
        "seen_in_training": seen,
        "notes": [loaded.note] if loaded.note else [],
        "software": software(host),
    }


def warnings_of(provenance: Mapping[str, Any]) -> list[str]:
    """What a reader of the scores must know, one sentence each."""
    warnings = list(provenance["notes"])
    if seen := provenance["seen_in_training"]:
        warnings.append(
            f"the model was trained on {len(seen)} of these {provenance['data']['count']} images ({seen[0]}, ...): "
            "the scores say nothing of new images"
        )
    if provenance["threshold"] != THRESHOLD:
        warnings.append(
            f"the threshold is {provenance['threshold']:g}, not {THRESHOLD}: do not compare with scores at {THRESHOLD}"
        )
    return warnings


def _threshold(loaded: Loaded[GuardedSegmenter]) -> float:
    """The segmenter's own option where it has one that is a probability; labels of others are at 0.5 by contract."""
    value = loaded.settings.get("threshold")
    return value if isinstance(value, float) and 0 < value < 1 else THRESHOLD


def _trained_on(loaded: Loaded[GuardedSegmenter]) -> set[str] | None:
    """Digests of the images that the model's card lists; None where it lists none."""
    training = loaded.card.training if loaded.card else None
    return None if training is None else {image.sha256 for image in training.images}


def _digest(entry: HashedEntry) -> str | None:
    try:
        return entry.sha256
    except OSError:  # the image itself will be a row of the failures
        return None
