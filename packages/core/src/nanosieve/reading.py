"""Path to micrograph: choose the reader, cut off the data bar, find the scale and the polarity."""

from __future__ import annotations

import difflib
import glob
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from nanosieve.data_bar import find_data_bar
from nanosieve.errors import ContractError, NanosieveError, ReadError, UsageError
from nanosieve.grey import to_grey
from nanosieve.polarity import guess_polarity
from nanosieve.scale import choose_pixel_size
from nanosieve.specs import ReaderSpec
from nanosieve.values import Frame, Micrograph, PixelSize, RawImage


def open_micrograph(
    path: Path,
    *,
    readers: Mapping[str, ReaderSpec],
    pixel_size: PixelSize | None = None,
    polarity: Literal["auto", "bright", "dark"] = "auto",
    name: str | None = None,
    data_bar: bool = True,
) -> Micrograph:
    """Read one micrograph.

    Parameters
    ----------
    readers : by name; the first whose suffixes fit is taken
    pixel_size : over that of the file
    polarity : whether particles are brighter or darker than the ground; ``"auto"`` looks at the picture
    name : what messages and tables call it; the file name unless given
    data_bar : cut a data bar off; False where it is known that there is none

    Raises
    ------
    ReadError
        If the file is missing, damaged or of an unknown kind.
    ScaleError
        If its pixels are no lengths, or its sources of scale contradict each other.
    ContractError
        If the reader returned nonsense.
    """
    name = path.name if name is None else name
    raw = _read(path, readers)
    size, scale_warnings = choose_pixel_size(raw, pixel_size, name)
    height, width = raw.pixels.shape[:2]
    bar = 0
    if data_bar:
        bar = find_data_bar(raw.pixels) if raw.data_bar_rows is None else raw.data_bar_rows
    bar = bar if 0 <= bar < height else 0
    grey, valid, grey_warnings = to_grey(raw.pixels[: height - bar])
    found, certainty = guess_polarity(grey, valid) if polarity == "auto" else (polarity, 1.0)
    return Micrograph(
        pixels=grey,
        pixel_size_nm=None if size is None else (size.y_nm, size.x_nm),
        frame=Frame(0, 0, height - bar, width),
        picture_shape=(height, width),
        name=name,
        metadata=raw.metadata,
        valid=valid,
        polarity=found,
        polarity_certainty=certainty,
        pixel_size_source="" if size is None else size.source,
        pixel_size_confidence="none" if size is None else size.confidence,
        warnings=(*scale_warnings, *grey_warnings),
    )


def find_images(paths: Iterable[str | Path], readers: Mapping[str, ReaderSpec]) -> list[Path]:
    """The images that a user means.

    Parameters
    ----------
    paths : files; folders, whose images are taken but not those of their subfolders; patterns such as ``"a/*.tif"``
    readers : they say which endings are images

    Returns
    -------
    list of paths, in the order given, within a folder in natural order (``2.tif`` before ``10.tif``), each once.
    Hidden files, and links that lead out of the folder, are left out.

    Raises
    ------
    UsageError
        If a path is missing or a folder or pattern holds no image.
    """
    suffixes = sorted({suffix for spec in readers.values() for suffix in spec.suffixes})
    found: dict[Path, Path] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            images = _images_in(path, suffixes)
        elif path.exists():
            images = [path]
        elif glob.has_magic(str(given)):
            images = sorted(
                (Path(match) for match in glob.glob(str(given), recursive=True)), key=natural_order
            )
            images = [image for image in images if image.is_file() and image.suffix.lower() in suffixes]
        else:
            raise UsageError(_missing(path))
        if not images:
            raise UsageError(f"there is no image in {str(given)!r}; images end in {', '.join(suffixes)}")
        for image in images:
            found.setdefault(image.resolve(), image)
    return list(found.values())


def natural_order(path: Path) -> list[tuple[int, int | str]]:
    """Sort key by which numbers count as numbers."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(1, int(part)) if part.isdigit() else (0, part) for part in parts]


def _read(path: Path, readers: Mapping[str, ReaderSpec]) -> RawImage:
    if not path.is_file():
        raise ReadError(_missing(path))
    suffix = path.suffix.lower()
    reader = next((spec for spec in readers.values() if suffix in spec.suffixes), None)
    if reader is None:
        known = sorted({suffix for spec in readers.values() for suffix in spec.suffixes})
        raise ReadError(
            f"{path.name!r}: no reader for {suffix or 'files without ending'!r}; there are {', '.join(known)}"
        )
    try:
        raw = reader(path)
    except (NanosieveError, MemoryError):
        raise
    except Exception as error:  # a stranger's reader
        raise ReadError(
            f"{path.name!r}: reader {reader.name!r} raised {type(error).__name__}: {error}"
        ) from error
    problem = raw_image_problem(raw)
    if problem:
        raise ContractError(f"{path.name!r}: reader {reader.name!r} broke its contract: {problem}")
    return raw


def raw_image_problem(raw: RawImage) -> str | None:
    """What is wrong with an answer of a reader; None where all is well."""
    if not isinstance(raw, RawImage):
        return f"read() must return a RawImage, not a {type(raw).__name__}"
    pixels = raw.pixels
    if not isinstance(pixels, np.ndarray) or pixels.dtype.kind not in "buif":
        return f"pixels must be a real array, not {getattr(pixels, 'dtype', type(pixels).__name__)}"
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        return f"pixels must be (H, W), (H, W, 3) or (H, W, 4), not {pixels.shape}"
    if 0 in pixels.shape:
        return f"there are no pixels, the shape is {pixels.shape}"
    return None


def _images_in(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    inside = folder.resolve()
    return sorted(
        (
            path
            for path in folder.iterdir()
            if path.suffix.lower() in suffixes
            and not path.name.startswith(".")
            and path.is_file()
            and path.resolve().is_relative_to(inside)
        ),
        key=natural_order,
    )


def _missing(path: Path) -> str:
    parent = path.parent
    names = [each.name for each in parent.iterdir()] if parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    hint = f"; did you mean {str(parent / close[0])!r}?" if close else ""
    return f"there is no file or folder {str(path)!r}{hint}"
