"""The outlines of an image on disk: what the measures measured, to be drawn, exported and measured again.

``outlines/<stem>.parquet`` in the results folder has one row a particle: its `label`, and `x` and `y`, the lists of the
corners of its outline. The outline is that of `nanosieve.outline`, in pixels of the file's picture: the offset of the
frame is added and the stretch of pixels that are not square is undone. The origin is the outer corner of the top-left
pixel, whose centre is (0.5, 0.5); so do ImageJ, QuPath, COCO, LabelMe and SVG count. What is the same for all particles
stands under the key `KEY` of the file's metadata, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from nanosieve.errors import ResultsError
from nanosieve.outline import FloatArray, Outlines
from nanosieve.particles import Particles
from nanosieve.values import Frame
from nanosieve.writing import write_whole

KEY = b"nanosieve"
# From the centre of the first pixel, where `nanosieve.outline` counts from, to its corner.
TO_CORNER = 0.5
COLUMNS = ("label", "x", "y")


@dataclass(frozen=True, kw_only=True)
class ImageOutlines:
    """The outlines of the n particles of one image.

    Attributes
    ----------
    image : its name in the tables
    labels : ndarray of shape (n,), int64, as in the tables
    outlines : polygon i belongs to ``labels[i]``; (x, y) in px of the file's picture, the corner of the first pixel
        is (0, 0)
    frame : the part of the picture that was analysed
    picture_shape : height and width of the picture in px, data bar included
    pixel_size_nm : (y, x) in nm per pixel, or None where there is no scale
    geometry : ``"subpixel"`` or ``"pixel_edges"``, see `nanosieve.outline`
    """

    image: str
    labels: NDArray[np.int64]
    outlines: Outlines
    frame: Frame
    picture_shape: tuple[int, int]
    pixel_size_nm: tuple[float, float] | None
    geometry: Literal["subpixel", "pixel_edges"]

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[tuple[int, FloatArray]]:
        """Label and outline, ndarray of shape (k, 2), of each particle."""
        return ((int(label), self.outlines[index]) for index, label in enumerate(self.labels))


def outline_path(folder: Path, stem: str) -> Path:
    """Where the outlines of an image lie in a results folder."""
    return folder / "outlines" / f"{stem}.parquet"


def write_outlines(particles: Particles, folder: Path, stem: str) -> Path:
    """Write the outlines of one image.

    Parameters
    ----------
    folder : the results folder
    stem : what the output files of the image are called

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    micrograph, outlines = particles.micrograph, particles.outlines
    frame = micrograph.frame
    assert frame is not None  # set by Micrograph itself
    points = outlines.points / particles.stretch + TO_CORNER + (frame.x0, frame.y0)
    about = {
        "image": micrograph.name,
        "frame": frame._asdict(),
        "picture_shape": micrograph.picture_shape,
        "pixel_size_nm": micrograph.pixel_size_nm,
        "geometry": particles.geometry,
    }
    # float32 is exact to 1/1000 px in pictures of up to 16 000 px
    x, y = (
        pa.ListArray.from_arrays(pa.array(outlines.offsets, pa.int32()), pa.array(axis, pa.float32()))
        for axis in points.T.astype(np.float32)
    )
    table = pa.table([pa.array(particles.labels, pa.int64()), x, y], names=list(COLUMNS))
    table = table.replace_schema_metadata({KEY: json.dumps(about).encode()})
    return write_whole(
        outline_path(folder, stem), lambda target: pq.write_table(table, target, compression="zstd")
    )


def read_outlines(folder: Path, stem: str) -> ImageOutlines:
    """The outlines of one image.

    Parameters
    ----------
    folder : the results folder
    stem : what the output files of the image are called, the column `stem` of ``images.csv``

    Raises
    ------
    ResultsError
        If the file is missing, damaged, or no file of outlines.
    """
    path = outline_path(folder, stem)
    try:
        table = pq.read_table(path)
        about: dict[str, Any] = json.loads((table.schema.metadata or {})[KEY])
        labels, x, y = (table[name].combine_chunks() for name in COLUMNS)
        points = np.column_stack([axis.flatten().to_numpy().astype(np.float64) for axis in (x, y)])
        size = about["pixel_size_nm"]
        height, width = about["picture_shape"]
        return ImageOutlines(
            image=about["image"],
            labels=labels.to_numpy().astype(np.int64),
            outlines=Outlines(points, _offsets(x)),
            frame=Frame(**about["frame"]),
            picture_shape=(height, width),
            pixel_size_nm=None if size is None else (size[0], size[1]),
            geometry=about["geometry"],
        )
    except FileNotFoundError as error:
        raise ResultsError(
            f"there are no outlines {str(path)!r}; analyse again, with the same command and the same folder"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise ResultsError(
            f"{str(path)!r} cannot be read as outlines: {error!r}; remove it and analyse again"
        ) from error


def _offsets(lists: Any) -> NDArray[np.int64]:
    """Where each list begins in the flattened ones, and where the last one ends, shape (n + 1,)."""
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
