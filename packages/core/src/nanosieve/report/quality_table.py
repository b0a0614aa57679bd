"""Quality of the images: every number beside its limit."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nanosieve.image_quality.flags import FLAGS, Flag


@dataclass(frozen=True)
class Quality:
    """One number of one image; `raised` where it is beyond its limit."""

    value: float
    raised: bool


@dataclass(frozen=True)
class QualityTable:
    """Flags that the images have, and a row an image.

    Attributes
    ----------
    rows : name of the image, and its numbers in the order of `flags`
    """

    flags: tuple[Flag, ...]
    rows: tuple[tuple[str, tuple[Quality, ...]], ...]

    @property
    def flagged(self) -> int:
        """Images with one flag at least."""
        return sum(any(each.raised for each in numbers) for _, numbers in self.rows)


def quality_table(images: pd.DataFrame) -> QualityTable:
    """The quality of all images, as far as the table has it."""
    flags = tuple(flag for flag in FLAGS if flag.column in images)
    rows = (
        (
            str(image["image"]),
            tuple(Quality(float(image[flag.column]), flag.raised(image[flag.column])) for flag in flags),
        )
        for image in images.to_dict("records")
    )
    return QualityTable(flags, tuple(rows))
