"""A description of labelled data to its images, with all that is wrong listed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from nanosieve.errors import DataError, NanosieveError, UsageError, one_line
from nanosieve.labelled.annotations import find_annotations
from nanosieve.labelled.config import DataConfig, SourceConfig, Split, read_data_config
from nanosieve.labelled.crops import Annotated, find_crops
from nanosieve.labelled.entries import Entry, LabelledImage
from nanosieve.labelled.shape_classes import read_classes
from nanosieve.labelled.splits import split_groups
from nanosieve.labelled.tables import read_table
from nanosieve.reading import find_images
from nanosieve.scale import parse_pixel_size
from nanosieve.specs import ReaderSpec

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class LabelledData:
    """Labelled images that were found, not yet loaded.

    Attributes
    ----------
    notes : what was left out, one sentence each
    """

    config: DataConfig
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()

    def of(self, split: Split) -> tuple[Entry, ...]:
        """The images of one split."""
        return tuple(entry for entry in self.entries if entry.split == split)


def read_data(path: Path, readers: Mapping[str, ReaderSpec]) -> LabelledData:
    """Find the images that a TOML file describes.

    Raises
    ------
    UsageError
        If the file cannot be read or an option in it is wrong.
    DataError
        If sources hold no pair of image and labels; all such sources are listed.
    """
    return find_data(read_data_config(path), readers)


def find_data(config: DataConfig, readers: Mapping[str, ReaderSpec]) -> LabelledData:
    """Find the images of all sources; see `read_data`."""
    entries: list[Entry] = []
    notes: list[str] = []
    problems: list[str] = []
    for source in config.source:
        try:
            found, left_out = _find(source, readers)
        except NanosieveError as error:
            problems.append(f"source {source.name!r}: {one_line(error)}")
            continue
        entries += found
        notes += left_out
    _raise(problems)
    return LabelledData(config=config, entries=tuple(entries), notes=tuple(notes))


def load_all(
    entries: Iterable[Entry], report: Callable[[int, str], None] = lambda done, name: None
) -> list[LabelledImage]:
    """Load images, and list all that cannot be used.

    Parameters
    ----------
    report : called with the number of images done and the name of the last

    Raises
    ------
    DataError
        Naming every image whose file or labels cannot be read, do not fit or are empty.
    """
    images: list[LabelledImage] = []
    problems: list[str] = []
    with ThreadPoolExecutor() as pool:
        for done, (entry, loaded) in enumerate(pool.map(_try, entries), 1):
            if isinstance(loaded, LabelledImage):
                images.append(loaded)
            else:
                message = one_line(loaded)
                problems.append(message if entry.name in message else f"{entry.name}: {message}")
            report(done, entry.name)
    _raise(problems)
    return images


def _try(entry: Entry) -> tuple[Entry, LabelledImage | NanosieveError]:
    try:
        return entry, entry.load()
    except NanosieveError as error:
        return entry, error


def _raise(problems: Sequence[str]) -> None:
    if not problems:
        return
    shown = [f"  {problem}" for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        shown.append(f"  and {len(problems) - SHOWN} more")
    raise DataError("\n".join([f"{len(problems)} problem(s) with the labelled data:", *shown]))


def _find(source: SourceConfig, readers: Mapping[str, ReaderSpec]) -> tuple[list[Entry], list[str]]:
    if not source.images.is_dir():
        raise DataError(f"there is no folder of images {str(source.images)!r}")
    rows = read_table(source) if source.table is not None else None
    notes: list[str] = []
    if source.format == "folders":
        pairs = find_crops(source.images, readers, source.polarity)
    else:
        pairs, notes = _pairs(source, readers)
    pairs = [pair for pair in pairs if pair.path.stem not in source.exclude]
    groups = [_group(pair.path, source, rows) for pair in pairs]
    splits = (
        [source.split] * len(pairs)
        if source.split
        else split_groups(groups, validation=source.validation, test=source.test, seed=source.seed)
    )
    size = None if source.pixel_size is None else parse_pixel_size(source.pixel_size)
    entries = [
        Entry(
            path=pair.path,
            annotation=pair.annotation,
            source=source.name,
            group=group,
            split=split,
            readers=readers,
            pixel_size=size,
            polarity=source.polarity,
            data_bar=source.data_bar and source.format != "folders",
            classes=pair.classes,
            folder=pair.folder,
        )
        for pair, group, split in zip(pairs, groups, splits, strict=True)
        # after splitting: a choice of images must not move a paper from one side to the other
        if _fits(pair.path, source, rows)
    ]
    if not entries:
        raise DataError(f"no image of {str(source.images)!r} fits where = {dict(source.where)}")
    return entries, notes


def _pairs(source: SourceConfig, readers: Mapping[str, ReaderSpec]) -> tuple[list[Annotated], list[str]]:
    """Images with their annotations and, where the source names them, classes."""
    annotations = find_annotations(source)
    classes = None if source.classes is None else read_classes(source.classes, source.classes_ending)
    images = [path for path in find_images([source.images], readers) if path.stem not in source.exclude]
    pairs = [path for path in images if path.stem in annotations]
    if not pairs:
        raise DataError(
            f"no image of {str(source.images)!r} has labels in {str(source.labels)!r}; "
            "an image and its labels must have the same name, but for the ending"
        )
    unlabelled = len(images) - len(pairs)
    notes = [f"source {source.name!r}: {unlabelled} image(s) without labels left out"] if unlabelled else []
    if classes is not None:
        named = [path for path in pairs if path.stem in classes]
        if not named:
            raise DataError(f"{str(source.classes)!r} names no image of {str(source.images)!r}")
        if len(named) < len(pairs):
            notes.append(
                f"source {source.name!r}: {len(pairs) - len(named)} image(s) without classes left out"
            )
        pairs = named
    return [
        Annotated(path, annotations[path.stem], (classes or {}).get(path.stem, {})) for path in pairs
    ], notes


def _fits(path: Path, source: SourceConfig, rows: Mapping[str, Mapping[str, str]] | None) -> bool:
    if not source.where or rows is None:
        return True
    row = rows.get(path.stem)
    return row is not None and all(row[column] == value for column, value in source.where.items())


def _group(path: Path, source: SourceConfig, rows: Mapping[str, Mapping[str, str]] | None) -> str:
    if source.group_column is None or rows is None:
        return path.stem
    row = rows.get(path.stem)
    if row is None:
        raise UsageError(f"{str(source.table)!r} has no row for image {path.name!r}, which needs a group")
    return row[source.group_column]
