"""The quality flags: what is measured of each image, from where on it is told, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PREFIX = "quality_"


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One number of an image, and the limit beyond which a person is told.

    Attributes
    ----------
    name : what the column ``flags`` of the images calls it
    unit : ``"px"``, or ``""`` for a share
    meaning : of the number, one sentence
    limit : raised above it
    upper : largest value that there is; None: no limit
    sentence : for people, with the fields ``value`` and ``limit``
    """

    name: str
    meaning: str
    limit: float
    sentence: str
    unit: Literal["", "px"] = ""
    upper: float | None = None

    @property
    def column(self) -> str:
        """Name of the column in the table of images."""
        return f"{PREFIX}{self.name}" + (f"_{self.unit}" if self.unit else "")

    def raised(self, value: float) -> bool:
        """Whether a value is beyond the limit; NaN, what cannot be measured, is not."""
        return value > self.limit

    def explain(self, value: float) -> str:
        """One sentence for people."""
        return self.sentence.format(value=value, limit=self.limit)


# Limits were found on simulated micrographs and checked on real ones: docs/quality.md.
FLAGS: tuple[Flag, ...] = (
    Flag(
        name="saturation",
        meaning="Share of the pixels that have the darkest or the brightest grey value.",
        limit=0.1,
        upper=1,
        sentence="saturated: {value:.1%} of the pixels have the darkest or brightest grey value, "
        "where no edge can be seen",
    ),
    Flag(
        name="blur",
        meaning="Standard deviation of the blur of the edges of particles.",
        limit=2.0,
        unit="px",
        sentence="blurred: edges have a standard deviation of {value:.1f} px, more than {limit:g} px",
    ),
    Flag(
        name="noise",
        meaning="Standard deviation of the noise over the contrast between particles and ground.",
        limit=0.2,
        sentence="noisy: the standard deviation of the noise is {value:.0%} of the contrast of the particles",
    ),
    Flag(
        name="charging",
        meaning="Standard deviation of the grey of the ground from row to row over the contrast.",
        limit=0.025,
        sentence="charging: the ground is streaked along the rows by {value:.1%} of the contrast of the particles",
    ),
    Flag(
        name="drift",
        meaning="Standard deviation of the shift of a row against the two beside it.",
        limit=0.3,
        unit="px",
        sentence="drift or vibration: rows are shifted against one another by {value:.2f} px, "
        "which roughens the outlines",
    ),
    Flag(
        name="density",
        meaning="Share of the picture that particles cover.",
        limit=0.5,
        upper=1,
        sentence="crowded: particles cover {value:.0%} of the picture, so that many touch or hide one another",
    ),
    Flag(
        name="size_range",
        meaning="Share of the accepted particles that are smaller or larger than those the model was trained on.",
        limit=0.1,
        upper=1,
        sentence="{value:.0%} of the accepted particles are smaller or larger than those the model was trained on",
    ),
    Flag(
        name="threshold",
        meaning="Median share of its diameter by which another threshold would change a particle.",
        limit=0.05,
        sentence="unsure edges: another threshold would change the diameters by {value:.1%}",
    ),
    Flag(
        name="agglomerates",
        meaning="Share of agglomerates and covered particles among those seen whole.",
        limit=0.5,
        upper=1,
        sentence="{value:.0%} of the particles are agglomerates or covered, and are not sized",
    ),
    Flag(
        name="unknown",
        meaning="Share of particles of no known shape among those seen whole.",
        limit=0.5,
        upper=1,
        sentence="{value:.0%} of the particles have no known shape, and are not sized",
    ),
)
QUALITY_COLUMNS = tuple(flag.column for flag in FLAGS)
