"""Which annotation belongs to which image: one function for each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from nanosieve.errors import DataError
from nanosieve.labelled import coco, imagej, label_images, labelme
from nanosieve.labelled.config import SourceConfig
from nanosieve.labelled.entries import Annotation
from nanosieve.models import file_sha256
from nanosieve.values import LabelImage


def find_annotations(source: SourceConfig) -> dict[str, Annotation]:
    """What reads the labels of each image, by the image's file name without ending.

    Raises
    ------
    DataError
        If there is nothing, or not of the format that the source names.
    """
    assert source.labels is not None  # checked with the options
    if source.format == "coco" or (source.format == "auto" and source.labels.suffix.lower() == ".json"):
        return coco.find(source.labels)
    files = _files(source.labels, source.ending)
    read, suffixes = FORMATS[_guess(source.labels, files) if source.format == "auto" else source.format]
    return {
        file.stem.removesuffix(source.ending): Annotation(partial(read, file), partial(file_sha256, file))
        for file in files
        if file.suffix.lower() in suffixes
    }


def _files(folder: Path, ending: str) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f"there is no folder of labels {str(folder)!r}")
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and not file.name.startswith(".") and file.stem.endswith(ending)
    )


def _guess(folder: Path, files: Sequence[Path]) -> str:
    kinds = {GUESSES[file.suffix.lower()] for file in files if file.suffix.lower() in GUESSES}
    if len(kinds) != 1:
        raise DataError(
            f"{str(folder)!r} holds {'annotations of several formats' if kinds else 'no annotation that is known'}; "
            f"give format = one of coco, {', '.join(sorted(FORMATS))}"
        )
    return kinds.pop()


FORMATS: Mapping[str, tuple[Callable[[Path, tuple[int, int]], LabelImage], tuple[str, ...]]] = {
    "labels": (label_images.read_labels, label_images.SUFFIXES),
    "masks": (label_images.read_masks, label_images.SUFFIXES),
    "imagej": (imagej.read, imagej.SUFFIXES),
    "labelme": (labelme.read, labelme.SUFFIXES),
}
# Masks look like labels: they must be named.
GUESSES = {suffix: name for name, (_, suffixes) in FORMATS.items() if name != "masks" for suffix in suffixes}
