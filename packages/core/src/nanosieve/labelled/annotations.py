"""Which annotation belongs to which image: one function for each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from nanosieve.errors import DataError
from nanosieve.labelled import coco, imagej, label_images, labelme
from nanosieve.labelled.config import SourceConfig
from nanosieve.labelled.entries import Annotate

SUFFIXES = {".png": "labels", ".tif": "labels", ".tiff": "labels", ".zip": "imagej", ".roi": "imagej"}


def find_annotations(source: SourceConfig) -> dict[str, Annotate]:
    """What reads the labels of each image, by the image's file name without ending.

    Raises
    ------
    DataError
        If there is nothing, or not of the format that the source names.
    """
    kind = _guess(source.labels) if source.format == "auto" else source.format
    return FINDERS[kind](source.labels)


def _guess(path: Path) -> str:
    if path.suffix.lower() == ".json":
        return "coco"
    suffixes = {file.suffix.lower() for file in _files(path)}
    kinds = {SUFFIXES[suffix] for suffix in suffixes if suffix in SUFFIXES}
    if ".json" in suffixes:
        kinds.add("labelme")
    if len(kinds) != 1:
        raise DataError(
            f"{str(path)!r} holds {'annotations of several formats' if kinds else 'no annotation that is known'}; "
            f"give format = one of {', '.join(sorted(FINDERS))}"
        )
    return kinds.pop()


def _in_folder(
    read: Callable[[Path, tuple[int, int]], object], suffixes: tuple[str, ...]
) -> Callable[[Path], dict[str, Annotate]]:
    def find(folder: Path) -> dict[str, Annotate]:
        return {
            file.stem: partial(read, file)  # type: ignore[misc]
            for file in _files(folder)
            if file.suffix.lower() in suffixes
        }

    return find


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f"there is no folder of labels {str(folder)!r}")
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))


FINDERS: Mapping[str, Callable[[Path], dict[str, Annotate]]] = {
    "labels": _in_folder(label_images.read_labels, label_images.SUFFIXES),
    "masks": _in_folder(label_images.read_masks, label_images.SUFFIXES),
    "imagej": _in_folder(imagej.read, imagej.SUFFIXES),
    "labelme": _in_folder(labelme.read, labelme.SUFFIXES),
    "coco": coco.find,
}
