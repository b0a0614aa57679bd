"""Segmentation to particles: all of an image at once, or one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from nanosieve.outline import FloatArray, Geometry, Outlines, trace
from nanosieve.values import FloatImage, Micrograph, Segmentation

T = TypeVar("T", bound=np.generic)
R = TypeVar("R")


@dataclass(frozen=True)
class Particle:
    """One particle. Coordinates and lengths as in `nanosieve.outline`, crops in pixels of the image.

    Attributes
    ----------
    label : its number in the label image, from 1
    box : y0, x0, y1, x1 in the image, ends excluded
    outline : ndarray of shape (k, 2), float32, (x, y)
    hull : ndarray of shape (m, 2), float32, convex hull of the outline
    area : px^2
    perimeter : px
    class_name : its class, or None before it is classified
    """

    particles: Particles
    index: int

    @property
    def label(self) -> int:
        return int(self.particles.labels[self.index])

    @property
    def box(self) -> tuple[int, int, int, int]:
        y0, x0, y1, x1 = self.particles.boxes[self.index]
        return int(y0), int(x0), int(y1), int(x1)

    @property
    def outline(self) -> NDArray[np.float32]:
        return self.particles.outlines[self.index].astype(np.float32)

    @property
    def hull(self) -> NDArray[np.float32]:
        return self.particles.hulls[self.index].astype(np.float32)

    @property
    def area(self) -> float:
        return float(self.particles.areas[self.index])

    @property
    def perimeter(self) -> float:
        return float(self.particles.perimeters[self.index])

    @property
    def class_name(self) -> str | None:
        return None if self.particles.classes is None else self.particles.classes[self.index]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Its own pixels in the box, shape (h, w)."""
        mask: NDArray[np.bool_] = self._crop(self.particles.segmentation.labels) == self.label
        return mask

    @property
    def soft(self) -> FloatImage | None:
        """Its own probability in the box, 0 on other particles, shape (h, w); None without a foreground map."""
        foreground = self.particles.segmentation.foreground
        if foreground is None:
            return None
        labels = self._crop(self.particles.segmentation.labels)
        return np.where((labels == 0) | (labels == self.label), self._crop(foreground), np.float32(0))

    @property
    def pixels(self) -> FloatImage:
        """Grey values in the box, float32 in [0, 1], shape (h, w)."""
        return self._crop(self.particles.micrograph.pixels)

    @property
    def centroid(self) -> tuple[float, float]:
        """Mean (x, y) of its pixels."""
        x, y = self.particles.centroids[self.index]
        return float(x), float(y)

    def _crop(self, image: NDArray[T]) -> NDArray[T]:
        y0, x0, y1, x1 = self.box
        return image[y0:y1, x0:x1]


@dataclass(frozen=True)
class Particles(Sequence[Particle]):
    """The particles of one image, n of them.

    Attributes
    ----------
    micrograph, segmentation : where they come from
    geometry_of_all : geometry of every label of the segmentation
    indices : ndarray of shape (n,), int64: which labels these are, less one, in this order
    classes : their classes, or None before they are classified
    """

    micrograph: Micrograph
    segmentation: Segmentation
    geometry_of_all: Geometry
    indices: NDArray[np.int64]
    classes: tuple[str, ...] | None = None
    _known: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Particle: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Particle]: ...
    def __getitem__(self, index: int | slice) -> Particle | Sequence[Particle]:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        if not -len(self) <= index < len(self):
            raise IndexError(f"particle {index} of {len(self)}")
        return Particle(self, index % len(self))

    def __iter__(self) -> Iterator[Particle]:
        return (Particle(self, index) for index in range(len(self)))

    @property
    def geometry(self) -> Literal["subpixel", "pixel_edges"]:
        """Which outline is measured, see `nanosieve.outline`."""
        return "pixel_edges" if self.segmentation.foreground is None else "subpixel"

    @property
    def stretch(self) -> tuple[float, float]:
        """Factors (x, y) from pixels of the image to the isotropic pixels of all coordinates."""
        return self.geometry_of_all.stretch

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """Numbers in the label image, shape (n,)."""
        return self.indices + 1

    @cached_property
    def boxes(self) -> NDArray[np.int64]:
        """y0, x0, y1, x1 in pixels of the image, ends excluded, shape (n, 4)."""
        return self.geometry_of_all.boxes[self.indices]

    @cached_property
    def pixel_counts(self) -> NDArray[np.int64]:
        """Number of labelled pixels, shape (n,)."""
        return self.geometry_of_all.pixel_counts[self.indices]

    @cached_property
    def areas(self) -> FloatArray:
        """Areas in px^2, shape (n,)."""
        return self.geometry_of_all.areas[self.indices]

    @cached_property
    def perimeters(self) -> FloatArray:
        """Perimeters in px, shape (n,)."""
        return self.geometry_of_all.perimeters[self.indices]

    @cached_property
    def outlines(self) -> Outlines:
        """Outlines."""
        return self._chosen(self.geometry_of_all.outlines)

    @cached_property
    def hulls(self) -> Outlines:
        """Convex hulls."""
        return self._chosen(self.geometry_of_all.hulls)

    @cached_property
    def centroids(self) -> FloatArray:
        """Mean (x, y) of the pixels of each particle, shape (n, 2)."""
        return self.geometry_of_all.centroids[self.indices]

    def once(self, function: Callable[[Particles], R]) -> R:
        """``function(self)``, computed at the first call only: for what several measures share."""
        if function not in self._known:
            self._known[function] = function(self)
        found: R = self._known[function]
        return found

    def with_classes(self, names: Sequence[str]) -> Particles:
        """The same particles, classified."""
        if len(names) != len(self):
            raise ValueError(f"{len(names)} classes for {len(self)} particles")
        return replace(self, classes=tuple(names))

    def take(self, indices: Sequence[int] | NDArray[np.int64]) -> Particles:
        """Some of the particles, in the order of `indices`; each stays what it was."""
        chosen = np.asarray(indices, np.int64)
        classes = None if self.classes is None else tuple(self.classes[index] for index in chosen)
        return replace(self, indices=self.indices[chosen], classes=classes)

    def _chosen(self, outlines: Outlines) -> Outlines:
        everything = len(self) == len(outlines) and bool((self.indices == np.arange(len(self))).all())
        return outlines if everything else outlines.take(self.indices)


def cut_particles(micrograph: Micrograph, segmentation: Segmentation) -> Particles:
    """The particles of a segmentation, outlined; label i + 1 is particle i.

    Where the segmenter found another polarity than the micrograph says, that of the segmenter is taken.
    """
    if segmentation.polarity is not None:
        micrograph = replace(micrograph, polarity=segmentation.polarity)
    geometry = trace(micrograph, segmentation)
    return Particles(micrograph, segmentation, geometry, np.arange(segmentation.count))
