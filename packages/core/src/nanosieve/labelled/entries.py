"""One labelled image: where it lies, and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from nanosieve.data_bar import SHARE_OF_HEIGHT
from nanosieve.errors import DataError
from nanosieve.labelled.config import Split
from nanosieve.labels import relabel
from nanosieve.models import file_sha256
from nanosieve.reading import open_micrograph
from nanosieve.specs import ReaderSpec
from nanosieve.values import LabelImage, Micrograph, PixelSize

Annotate = Callable[[tuple[int, int]], LabelImage]
"""Height and width of the picture without data bar -> labels, with or without data bar."""


@dataclass(frozen=True)
class Annotation:
    """What people drew on one image, not yet read.

    Attributes
    ----------
    read : gives the labels
    digest : gives the SHA-256 of what they are read from
    """

    read: Annotate
    digest: Callable[[], str]


# Over the height of the picture above it, as tall as one is found; labels may cover the data bar too.
TALLEST_DATA_BAR = SHARE_OF_HEIGHT[1] / (1 - SHARE_OF_HEIGHT[1])


@dataclass(frozen=True, kw_only=True)
class LabelledImage:
    """A micrograph and what people drew on it.

    Attributes
    ----------
    labels : ndarray of shape (H, W), int32, gapless, as drawn: particles may touch
    group : paper or specimen
    classes : shape class by label, of the particles that have one
    """

    micrograph: Micrograph
    labels: LabelImage
    name: str
    source: str
    group: str
    classes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A labelled image that is not loaded yet."""

    path: Path
    annotation: Annotation
    source: str
    group: str
    split: Split
    readers: Mapping[str, ReaderSpec] = field(repr=False)
    pixel_size: PixelSize | None = None
    polarity: Literal["auto", "bright", "dark"] = "auto"
    data_bar: bool = True
    classes: Mapping[int, str] = field(default_factory=dict)
    folder: str = ""

    @property
    def name(self) -> str:
        """Source, folder where there are several, and file name."""
        return "/".join(part for part in (self.source, self.folder, self.path.name) if part)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the image file."""
        return file_sha256(self.path)

    @cached_property
    def labels_sha256(self) -> str:
        """SHA-256 of what the labels are read from."""
        return self.annotation.digest()

    def load(self) -> LabelledImage:
        """Read image and labels.

        Raises
        ------
        ReadError, ScaleError
            If the image cannot be read.
        DataError
            If the labels cannot be read, have another size than the image, or hold no particle.
        """
        micrograph = open_micrograph(
            self.path,
            readers=self.readers,
            pixel_size=self.pixel_size,
            polarity=self.polarity,
            name=self.name,
            data_bar=self.data_bar,
        )
        frame = micrograph.frame
        assert frame is not None  # Micrograph fills it in
        labels = self.annotation.read((frame.y1, frame.x1))
        tallest = frame.y1 * (1 + TALLEST_DATA_BAR)
        if labels.shape[1] != frame.x1 or not frame.y1 <= labels.shape[0] <= tallest:
            raise DataError(
                f"{self.name!r}: the image has {frame.y1} x {frame.x1} px (without data bar), "
                f"its labels {labels.shape[0]} x {labels.shape[1]}; both must show the same picture "
                "(data_bar = false keeps what looks like a data bar)"
            )
        drawn = labels[frame.y0 : frame.y1, frame.x0 : frame.x1]
        classes = self._classes_by_label(labels, drawn)
        labels = relabel(drawn)
        if not labels.any():
            raise DataError(f"{self.name!r}: its labels are empty; leave the image out with exclude")
        if labels.min() > 0 and labels.max() == 1:
            raise DataError(f"{self.name!r}: its labels hold one class only, all pixels are particle")
        return LabelledImage(
            micrograph=micrograph,
            labels=np.ascontiguousarray(labels, np.int32),
            name=self.name,
            source=self.source,
            group=self.group,
            classes=classes,
        )

    def _classes_by_label(self, everything: LabelImage, drawn: LabelImage) -> dict[int, str]:
        """Classes by gapless label; those of particles in the data bar are left out."""
        if not self.classes:
            return {}
        strange = sorted(set(self.classes) - {int(number) for number in np.unique(everything)})
        if strange:
            raise DataError(
                f"{self.name!r} has no particle {strange[0]}, which has a class; check the numbers"
            )
        numbers = np.unique(drawn[drawn > 0])
        return {
            label: self.classes[int(number)]
            for label, number in enumerate(numbers, 1)
            if int(number) in self.classes
        }
