"""Images with the outlines and the rows of their particles: what the exporters of outlines go through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanosieve.errors import ResultsError
from nanosieve.outline import FloatArray
from nanosieve.outline_file import ImageOutlines, read_outlines
from nanosieve.table import Tables


@dataclass(frozen=True, kw_only=True)
class OutlinedParticle:
    """One particle.

    Attributes
    ----------
    row : its row in the table of particles
    outline : ndarray of shape (k, 2), (x, y) in px of the picture; (0, 0) is the outer corner of its first pixel
    """

    row: dict[str, Any]
    outline: FloatArray


@dataclass(frozen=True, kw_only=True)
class OutlinedImage:
    """One image.

    Attributes
    ----------
    stem : what its files are called
    """

    name: str
    stem: str
    outlines: ImageOutlines
    particles: tuple[OutlinedParticle, ...]


def outlined_images(tables: Tables, folder: Path) -> Iterator[OutlinedImage]:
    """The images of a run, in the order of its table.

    Parameters
    ----------
    folder : the results folder, which holds the outlines

    Raises
    ------
    ResultsError
        If outlines are missing, or are those of other particles.
    """
    rows = {
        name: {
            row["label"]: {str(column): value for column, value in row.items()}
            for row in group.to_dict("records")
        }
        for name, group in tables.particles.groupby("image")
    }
    for name, stem in tables.images[["image", "stem"]].itertuples(index=False):
        outlines = read_outlines(folder, stem)
        known = rows.get(name, {})
        if sorted(known) != sorted(outlines.labels.tolist()):
            raise ResultsError(
                f"the outlines of {name!r} are not those of the particles in the table; analyse again, with --force"
            )
        yield OutlinedImage(
            name=name,
            stem=stem,
            outlines=outlines,
            particles=tuple(
                OutlinedParticle(row=known[label], outline=outline) for label, outline in outlines
            ),
        )
