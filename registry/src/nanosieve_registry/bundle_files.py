"""Which files a bundle may hold, and what they are together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from nanosieve.errors import ModelError
from nanosieve.models import file_sha256

# Nothing in a bundle is code, and nothing is unpickled: a name that is not here is refused. The last two are those of a
# model from another lab: what it signed, and the answer that it gave.
CARDS = ("model.json", "pipeline.json")
NAMES = frozenset({*CARDS, "weights.safetensors", "README.md", "golden.safetensors", "manifest.dsse.json"})
# The folders of a pipeline, each a bundle of its own, and those of tools among which a part chooses.
PLACE = re.compile(r"(segmenter|classifier)(/[a-z][a-z0-9_]{0,39})?")


def allowed(name: str) -> bool:
    """Whether a bundle may hold a file, by its path in the bundle with forward slashes."""
    place, slash, file = name.rpartition("/")
    return file in NAMES and (not slash or PLACE.fullmatch(place) is not None)


def digests_of(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a bundle, by its path in the bundle with forward slashes.

    Raises
    ------
    ModelError
        If the folder holds what does not belong into a bundle, a symbolic link included.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() and not path.is_symlink():
            continue
        if path.is_symlink() or not allowed(name):
            raise ModelError(
                f"{str(folder)!r} holds {name!r}, which does not belong into a model bundle; move it elsewhere. "
                f"A bundle may hold {', '.join(sorted(NAMES))}."
            )
        found[name] = file_sha256(path)
    return found


def content_digest(digests: Mapping[str, str]) -> str:
    """SHA-256 of a bundle as a whole: over the sorted lines ``digest  name``, as ``sha256sum`` prints them."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
