"""Simulated micrographs as files: the picture as a microscope writes it, the answer in a folder beside it."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from pathlib import Path

import numpy as np
import tifffile

from nanosieve.errors import OutputError
from nanosieve.simulate.micrograph import Simulated
from nanosieve.simulate.vendor_tags import vendor_tag
from nanosieve.writing import write_text, write_whole

TRUTH = "truth"
# A thousandth of a pixel.
OUTLINE_DIGITS = 3
LIBRARIES = ("nanosieve-core", "numpy", "scipy", "opencv-python", "tifffile")


def paths_of(folder: Path, stem: str) -> dict[str, Path]:
    """Where the files of a picture are: picture, labels, particles, outlines, settings."""
    truth = folder / TRUTH
    return {
        "picture": folder / f"{stem}.tif",
        "labels": truth / f"{stem}_labels.tif",
        "particles": truth / f"{stem}_particles.csv",
        "outlines": truth / f"{stem}_outlines.json",
        "settings": truth / f"{stem}_settings.json",
    }


def check_free(folder: Path, stem: str) -> None:
    """Refuse to write over what is there.

    Raises
    ------
    OutputError
        Naming the first file that is there already.
    """
    for path in paths_of(folder, stem).values():
        if path.exists():
            raise OutputError(
                f"{str(path)!r} is there already; use --force to write over it, or another --out"
            )


def write(simulated: Simulated, folder: Path, stem: str, *, force: bool = False) -> list[Path]:
    """Write ``<stem>.tif`` with a vendor's tag, and the answer into the subfolder ``truth``.

    The answer: ``<stem>_labels.tif`` (uint32), ``<stem>_particles.csv``, ``<stem>_outlines.json`` (for each label the
    points (x, y) in px), ``<stem>_settings.json`` (kind, seed, settings, versions).

    Returns
    -------
    The paths, the picture first.

    Raises
    ------
    OutputError
        If a file is there already and `force` is not given, or nothing can be written.
    """
    if not force:
        check_free(folder, stem)
    paths = paths_of(folder, stem)
    made = {
        "kind": simulated.kind,
        "polarity": simulated.polarity,
        "seed": simulated.seed,
        "settings": simulated.settings.model_dump(mode="json"),
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in LIBRARIES},
        },
    }
    outlines = [np.round(outline, OUTLINE_DIGITS).tolist() for outline in simulated.outlines]
    write_whole(
        paths["labels"],
        lambda target: tifffile.imwrite(
            target,
            simulated.labels.astype(np.uint32),
            compression="zlib",
            metadata=None,
            software="nanosieve",
        ),
    )
    write_whole(
        paths["particles"],
        lambda target: simulated.particles.to_csv(target, index=False, lineterminator="\n"),
    )
    write_text(paths["outlines"], json.dumps(outlines))
    write_text(paths["settings"], json.dumps(made, indent=2) + "\n")
    # the picture last: where it is, its answer is
    write_whole(
        paths["picture"],
        lambda target: tifffile.imwrite(
            target,
            simulated.pixels,
            photometric="minisblack",
            metadata=None,
            software="nanosieve",
            extratags=[vendor_tag(simulated)],
        ),
    )
    return list(paths.values())
