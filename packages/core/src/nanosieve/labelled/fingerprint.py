"""What a set of labelled images is: the same for the same images, labels and splits, wherever they lie."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from nanosieve.labelled.entries import Entry


def fingerprint(entries: Iterable[Entry]) -> str:
    """SHA-256 over the sorted lines of all images: name, digests of image and labels, split, and shape classes.

    Every file is read once.
    """
    return hashlib.sha256("".join(sorted(_line(entry) for entry in entries)).encode()).hexdigest()


def _line(entry: Entry) -> str:
    classes = {number: entry.classes[number] for number in sorted(entry.classes)}
    parts = [entry.name, entry.sha256, entry.labels_sha256, entry.split]
    return json.dumps([*parts, classes] if classes else parts) + "\n"
