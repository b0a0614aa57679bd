"""Bundles that were fetched and checked, by the digest of their content, and which references led to them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from nanosieve.errors import ModelError
from nanosieve.writing import make_folder, write_text
from nanosieve_registry.bundle_files import content_digest, digests_of
from nanosieve_registry.places import data_folder


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """What a reference led to when it was last looked up.

    Attributes
    ----------
    digest, content : see `Version`
    created : of the version, ms since 1970
    seen : when it was looked up, seconds since 1970
    """

    name: str
    version: int
    digest: str
    content: str
    created: int
    seen: float


class Cache:
    """A folder of bundles that are what their name says.

    Parameters
    ----------
    folder : made where it is missing; that of this user where None
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data_folder() / "models"

    def find(self, content: str) -> Path | None:
        """The folder of a bundle whose files are all as they were; one that was changed is thrown away."""
        folder = self.folder / content
        if not folder.is_dir():
            return None
        try:
            if content_digest(digests_of(folder)) == content:
                return folder
        except (ModelError, OSError):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        return None

    def add(self, bundle: Path, content: str) -> Path:
        """Take a bundle over, whole or not at all; the caller has checked that it has this digest."""
        make_folder(self.folder)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".taking-") as temporary:
            taken = Path(shutil.copytree(bundle, Path(temporary) / "bundle"))
            try:
                os.replace(taken, self.folder / content)
            except OSError:  # another process has put the same there meanwhile
                if not (self.folder / content).is_dir():
                    raise
        return self.folder / content

    def note(self, uri: str, reference: str, pointer: Pointer) -> None:
        """Remember what a reference of a registry led to."""
        write_text(self._pointer(uri, reference), json.dumps(asdict(pointer), indent=2) + "\n")

    def noted(self, uri: str, reference: str) -> Pointer | None:
        """What a reference of a registry led to last time; None where it was never looked up."""
        return self._read(self._pointer(uri, reference))

    def known(self, name: str, digest: str) -> Pointer | None:
        """The version of a model whose digest begins so, from whatever registry: the same digest is the same model."""
        found = [self._read(path) for path in (self.folder / "references").glob("*.json")]
        fitting = [each for each in found if each and each.name == name and each.digest.startswith(digest)]
        return fitting[0] if len({each.digest for each in fitting}) == 1 else None

    def _pointer(self, uri: str, reference: str) -> Path:
        key = hashlib.sha256(f"{uri}\n{reference}".encode()).hexdigest()
        return self.folder / "references" / f"{key}.json"

    def _read(self, path: Path) -> Pointer | None:
        try:
            return Pointer(**json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):  # not there, or written by another version
            return None
