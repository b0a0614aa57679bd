"""Names of images that are unique within a run, so that outputs never overwrite each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class NamedImage:
    """One input of a run.

    Attributes
    ----------
    path : the file
    name : what tables call it: its file name, with folders before it only where two are alike
    stem : what its output files are called; unique even where case does not count
    """

    path: Path
    name: str
    stem: str


def name_images(paths: Sequence[Path]) -> list[NamedImage]:
    """Give every file a name and a stem of its own.

    Two files ``a/x.tif`` and ``b/x.tif`` become ``a_x`` and ``b_x``; ``x.tif`` beside ``x.png`` become ``x_tif``
    and ``x_png``.
    """
    beside = Counter((path.parent, path.stem.casefold()) for path in paths)
    bases = [
        path.stem if beside[path.parent, path.stem.casefold()] == 1 else f"{path.stem}_{path.suffix[1:]}"
        for path in paths
    ]
    folders = [path.absolute().parent.parts[1:] for path in paths]
    depths = [0] * len(paths)
    while True:
        kept = [parts[len(parts) - depth :] for parts, depth in zip(folders, depths, strict=True)]
        stems = ["_".join([*parts, base]) for parts, base in zip(kept, bases, strict=True)]
        # folded: Windows and macOS take "A.png" and "a.png" for the same file
        counts = Counter(stem.casefold() for stem in stems)
        deeper = [
            index
            for index, stem in enumerate(stems)
            if counts[stem.casefold()] > 1 and depths[index] < len(folders[index])
        ]
        if not deeper:
            break
        for index in deeper:
            depths[index] += 1
    names = ["/".join([*parts, path.name]) for parts, path in zip(kept, paths, strict=True)]
    return [NamedImage(*each) for each in zip(paths, names, _numbered(stems), strict=True)]


def _numbered(stems: Sequence[str]) -> list[str]:
    """Number what even whole paths cannot tell apart: ``/a/b_x`` and ``/a_b/x``."""
    seen: Counter[str] = Counter()
    numbered = []
    for stem in stems:
        seen[stem.casefold()] += 1
        numbered.append(stem if seen[stem.casefold()] == 1 else f"{stem}-{seen[stem.casefold()]}")
    return numbered
