"""The files of a checked model, as a bundle folder."""

from __future__ import annotations

from pathlib import Path

from nanosieve_registry.exchange.verifying import Checked


def unpack(checked: Checked, folder: Path) -> Path:
    """Write all files into a new folder, the signed manifest and the golden input included, as evidence."""
    for name, data in checked.archive.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
