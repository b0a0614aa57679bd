"""Model store `share`: bundles in the folder that NANOSIEVE_SHARE names."""

import os
from pathlib import Path

import nanosieve
from nanosieve.errors import ModelError


class SharedFolder:
    """``share:spheres`` is the folder ``spheres`` on the share."""

    def __init__(self, context: nanosieve.Context) -> None:
        self.root = os.environ.get("NANOSIEVE_SHARE")

    def fetch(self, uri: str) -> Path:
        """The folder of a bundle."""
        name = uri.partition(":")[2]
        if not self.root:
            raise ModelError(f"{uri!r} needs the environment variable NANOSIEVE_SHARE to name a folder")
        root = Path(self.root).resolve()
        folder = (root / name).resolve()
        if not folder.is_relative_to(root) or not folder.is_dir():
            raise ModelError(f"there is no model {name!r} in {self.root!r}")
        return folder
