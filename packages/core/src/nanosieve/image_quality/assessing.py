"""All quality flags of one analysed image."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nanosieve.image_quality import edges, grey_levels, scanning, specimen
from nanosieve.image_quality.flags import FLAGS, Flag
from nanosieve.image_quality.regions import divide
from nanosieve.particles import Particles


@dataclass(frozen=True)
class Assessment:
    """What was measured of one image.

    Attributes
    ----------
    values : of each of `FLAGS`, in their order; NaN where it cannot be measured
    """

    values: tuple[float, ...]

    @property
    def raised(self) -> tuple[Flag, ...]:
        """The flags whose limit is passed."""
        return tuple(flag for flag, value in zip(FLAGS, self.values, strict=True) if flag.raised(value))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a person should know, one sentence for each flag that is raised."""
        pairs = zip(FLAGS, self.values, strict=True)
        return tuple(flag.explain(value) for flag, value in pairs if flag.raised(value))

    def columns(self) -> dict[str, float | str]:
        """Cells of the image's row: each number, and the names of the flags that are raised under ``flags``."""
        numbers = {flag.column: value for flag, value in zip(FLAGS, self.values, strict=True)}
        return {**numbers, "flags": "; ".join(flag.name for flag in self.raised)}


def assess(
    particles: Particles, table: pd.DataFrame, diameter_px: tuple[float, float] | None = None
) -> Assessment:
    """Measure the quality of an image that was analysed.

    Parameters
    ----------
    table : of these particles, see `nanosieve.measuring.tabulate`
    diameter_px : between which equivalent diameters the model that answered was trained; None: not known
    """
    micrograph, segmentation = particles.micrograph, particles.segmentation
    regions = divide(micrograph, segmentation)
    values = {
        "saturation": grey_levels.saturation(micrograph),
        "blur": edges.blur(particles),
        "noise": grey_levels.noise(regions),
        "charging": scanning.charging(regions),
        "drift": scanning.drift(regions),
        "density": specimen.density(segmentation),
        "size_range": specimen.out_of_range(particles, table["accepted"], diameter_px),
        "threshold": specimen.threshold_sensitivity(table),
        "agglomerates": specimen.share_of_several(table),
        "unknown": specimen.share_of_unknown(table),
    }
    return Assessment(tuple(values[flag.name] for flag in FLAGS))
