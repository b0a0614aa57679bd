"""Which shape class each labelled particle has: one CSV file for all images, or one beside each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from nanosieve.errors import DataError

Classes = dict[int, str]
"""Class by number in the label image."""

IMAGE, CLASS = "image", "class"
# What the number of a particle is called; `nanosieve simulate` writes the second.
NUMBERS = ("instance", "label")


def read_classes(path: Path, ending: str) -> dict[str, Classes]:
    """Classes of the particles of each image, by the image's file name without ending.

    Parameters
    ----------
    path : CSV file with the columns image, instance (or label) and class; or a folder of CSV files, one an image,
        without the first column
    ending : what names of files in the folder have behind that of the image

    Raises
    ------
    DataError
        If nothing can be read, a column is missing, a number is none, or a particle has two classes.
    """
    if path.is_dir():
        files = sorted(path.glob(f"*{ending}.csv"))
        if not files:
            raise DataError(f"there is no file *{ending}.csv in {str(path)!r} that names classes")
        return {file.stem.removesuffix(ending): _of_one_image(file) for file in files}
    found: dict[str, Classes] = {}
    for row, number, name in _read(path, (IMAGE,)):
        image = row[IMAGE] or ""
        _add(
            found.setdefault(Path(image).stem, {}),
            number,
            name,
            f"{str(path)!r}: particle {number} of {image!r}",
        )
    return found


def _of_one_image(file: Path) -> Classes:
    classes: Classes = {}
    for _, number, name in _read(file, ()):
        _add(classes, number, name, f"{str(file)!r}: particle {number}")
    return classes


def _add(classes: Classes, number: int, name: str, what: str) -> None:
    before = classes.setdefault(number, name)
    if before != name:
        raise DataError(f"{what} has two classes, {before!r} and {name!r}")


def _read(path: Path, further: tuple[str, ...]) -> Iterator[tuple[Mapping[str, str], int, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{str(path)!r} cannot be read as CSV: {error}") from error
    number = next((name for name in NUMBERS if name in columns), None)
    missing = [name for name in (*further, CLASS) if name not in columns]
    if number is None or missing:
        raise DataError(
            f"{str(path)!r} has no column {missing[0] if missing else NUMBERS[0]!r}; "
            f"there are {', '.join(columns) or 'none'}"
        )
    for line, row in enumerate(rows, 2):
        name = (row[CLASS] or "").strip()
        try:
            value = int(row[number])
        except (TypeError, ValueError):
            raise DataError(f"{str(path)!r}, line {line}: {number} = {row[number]!r} is no number") from None
        if value < 1:
            raise DataError(
                f"{str(path)!r}, line {line}: {number} = {value}; 0 is ground, particles count from 1"
            )
        if not name:
            raise DataError(
                f"{str(path)!r}, line {line}: particle {value} has no class; leave the row out instead"
            )
        yield row, value, name
