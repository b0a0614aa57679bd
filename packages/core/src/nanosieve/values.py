"""What travels through the pipeline: frozen values, checked where they are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]
LabelImage = NDArray[np.int32]

DETECTOR = "detector"
# Begins a word in names of detectors behind the specimen; aSTEM is one of Zeiss.
TRANSMISSION = re.compile(r"\b(A?STEM|HAADF|DARK FIELD|BRIGHT FIELD)")
Polarity = Literal["bright", "dark"]
Confidence = Literal["high", "medium", "low", "none"]
BoundaryTreatment = Literal["corrected", "left", "unknown"]


class Frame(NamedTuple):
    """The part of the file's picture that is micrograph: rows y0 to y1, columns x0 to x1, ends excluded."""

    y0: int
    x0: int
    y1: int
    x1: int


@dataclass(frozen=True, kw_only=True)
class PixelSize:
    """The size of one pixel, and who says so.

    Attributes
    ----------
    y_nm, x_nm : nm per pixel, > 0, along the rows (y) and the columns (x)
    source : where it was found, for people: ``"Zeiss tag 34118, ap_image_pixel_size"``
    confidence : ``"high"`` (written by the microscope), ``"medium"`` (derived, or stated by software),
        ``"low"``; a size given by the user is ``"high"``
    """

    y_nm: float
    x_nm: float
    source: str
    confidence: Confidence = "high"


@dataclass(frozen=True, kw_only=True)
class RawImage:
    """What a reader returns: pixels as the file holds them, and all that it says about scale.

    Attributes
    ----------
    pixels : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), any integer or float type, data bar included
    pixel_sizes : every statement of scale that the file or its side files make, best first
    refusal : why the picture has no sizes at all (a diffraction pattern), else None
    data_bar_rows : height of the data bar at the bottom in px where the metadata give it, else None
    metadata : what else is worth keeping, plain JSON values; under `DETECTOR` the name of the detector
    """

    pixels: NDArray[Any]
    pixel_sizes: tuple[PixelSize, ...] = ()
    refusal: str | None = None
    data_bar_rows: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Micrograph:
    """One picture, ready to be measured.

    Attributes
    ----------
    pixels : ndarray of shape (H, W), float32 in [0, 1], finite, without the data bar; read-only
    pixel_size_nm : (y, x) in nm per pixel, or None where there is no scale
    frame : where `pixels` lie in the file's picture; the whole of `pixels` unless given
    picture_shape : height and width of the file's picture in px, data bar included; up to the end of `frame`
        unless given
    name : unique within a run, for people
    metadata : what the reader kept; plain JSON values
    valid : ndarray of shape (H, W), bool, False where there was NaN or a coloured annotation; None: all valid
    polarity : whether particles are brighter or darker than the ground; None: not known
    polarity_certainty : probability that it is so, 1 where somebody said it
    pixel_size_source, pixel_size_confidence : who says so, see `PixelSize`
    warnings : what the reader wants a person to know, one sentence each
    """

    pixels: FloatImage
    pixel_size_nm: tuple[float, float] | None = None
    frame: Frame | None = None
    picture_shape: tuple[int, int] | None = None
    name: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    valid: NDArray[np.bool_] | None = None
    polarity: Polarity | None = None
    polarity_certainty: float = 1.0
    pixel_size_source: str = ""
    pixel_size_confidence: Confidence = "none"
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.float32:
            raise ValueError(
                f"pixels must be a (H, W) float32 array, not {self.pixels.shape} {self.pixels.dtype}"
            )
        if self.pixel_size_nm is not None and not all(size > 0 for size in self.pixel_size_nm):
            raise ValueError(f"pixel_size_nm must be positive, not {self.pixel_size_nm}")
        if self.valid is not None and self.valid.shape != self.pixels.shape:
            raise ValueError(f"valid has shape {self.valid.shape}, pixels have {self.pixels.shape}")
        if self.frame is None:
            object.__setattr__(self, "frame", Frame(0, 0, *self.pixels.shape))
        if self.picture_shape is None and self.frame is not None:
            object.__setattr__(self, "picture_shape", (self.frame.y1, self.frame.x1))
        object.__setattr__(self, "pixels", _read_only(self.pixels))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        height, width = self.pixels.shape
        return height, width

    @property
    def in_transmission(self) -> bool:
        """Whether it seems to show electrons that went through the specimen.

        Particles are dark, which they are not in secondary electrons, or the detector's name says so. A name that does
        not say so says nothing: a file may name the detector of another channel.
        """
        detector = str(self.metadata.get(DETECTOR, "")).upper()
        return self.polarity == "dark" or TRANSMISSION.search(detector) is not None


@dataclass(frozen=True, kw_only=True)
class Segmentation:
    """Which pixel belongs to which particle.

    Attributes
    ----------
    labels : ndarray of shape (H, W), int32: 0 background, 1 to n without gaps
    foreground : ndarray of shape (H, W), float32 in [0, 1]: probability (or covered share) of particle,
        0.5 on the edge; None where the segmenter only decides yes or no
    model : which model answered, where the segmenter chose among several
    polarity : that of the particles, where the segmenter found another one than the micrograph says
    magnification : sides of the picture that the model saw over those of the micrograph
    warnings : what the segmenter wants a person to know, one sentence each
    """

    labels: LabelImage
    foreground: FloatImage | None = None
    model: str = ""
    polarity: Polarity | None = None
    magnification: float = 1.0
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", _read_only(self.labels))
        if self.foreground is not None:
            object.__setattr__(self, "foreground", _read_only(self.foreground))

    @property
    def count(self) -> int:
        """Number of particles."""
        return int(self.labels.max(initial=0))


@dataclass(frozen=True, kw_only=True)
class Classification:
    """How likely each particle is of each class.

    Attributes
    ----------
    classes : names of the k classes
    probabilities : ndarray of shape (n, k), float32, rows sum to 1; row i belongs to label i + 1
    """

    classes: tuple[str, ...]
    probabilities: FloatImage

    @property
    def best(self) -> tuple[str, ...]:
        """The likeliest class of each particle."""
        return tuple(self.classes[index] for index in self.probabilities.argmax(axis=1))

    @property
    def confidence(self) -> FloatImage:
        """Probability of the likeliest class, shape (n,)."""
        best: FloatImage = self.probabilities.max(axis=1, initial=0)
        return best


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
