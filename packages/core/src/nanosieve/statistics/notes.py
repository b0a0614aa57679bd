"""What a person should know before the numbers, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from nanosieve.statistics.accepted import Accepted, pixel_sizes_differ
from nanosieve.statistics.intervals import FEWEST_FOR_BOOTSTRAP
from nanosieve.statistics.results import ALL, Balance, Exclusion, SizeStatistics

# Fewer say little of a distribution: ISO 13322-1 asks for hundreds.
FEW = 100
SIGNIFICANT = 0.05
# All of them, and the reasons that are about size themselves: a difference says nothing.
ABOUT_SIZE = (ALL, "too_small", "edge")
# Above, what was left out may be another population.
MUCH = 0.5


def warn(
    accepted: Accepted,
    sizes: Mapping[str, SizeStatistics],
    balance: Balance,
    exclusions: tuple[Exclusion, ...],
) -> Iterator[str]:
    """The sentences, the gravest first."""
    if not balance.accepted:
        yield "No particle was accepted: there is nothing to state."
        return
    if accepted.unit == "px" and pixel_sizes_differ(accepted.images):
        yield (
            "Images have pixels of different sizes: their sizes in px are no one sample; analyse them with --units nm."
        )
    size = next(iter(sizes.values()), None)
    if size is not None:
        yield from _of_number(size)
    yield from _of_weights(accepted, balance)
    for each in sizes.values():
        missing = balance.accepted - each.count
        if missing:
            yield f"{missing} accepted particle{_s(missing)} without a value in {each.column} left out."
        if each.count > 1 and each.figures.standard_deviation.value == 0:
            yield f"All particles have the same {each.column}: nothing can be said of its distribution."
    yield from _of_scale(accepted)
    yield from _of_exclusions(balance, exclusions)


def _of_number(size: SizeStatistics) -> Iterator[str]:
    if size.images == 1 and size.count > 1:
        yield "All particles are of one image: how much images differ is unknown and in no interval."
    elif 1 < size.images < FEWEST_FOR_BOOTSTRAP:
        yield f"Only {size.images} images: intervals are wide; {FEWEST_FOR_BOOTSTRAP} or more are better."
    if size.count < FEW:
        yield f"Only {size.count} particle{_s(size.count)}: a distribution needs hundreds (ISO 13322-1)."


def _of_weights(accepted: Accepted, balance: Balance) -> Iterator[str]:
    if accepted.weights is None:
        yield "Edge correction is off: large particles are under-represented."
    elif balance.without_weight == balance.accepted:
        yield "No accepted particle has an edge weight: figures are without edge correction."
    elif balance.without_weight:
        count = balance.without_weight
        yield (
            f"{count} accepted particle{_s(count)} without an edge weight (touching the frame or as long as it) "
            "left out of weighted figures."
        )
    if balance.longer_than_half:
        count = balance.longer_than_half
        yield (
            f"{count} particle{_s(count)} longer than half of the frame: edge weights are large and uncertain; take "
            "pictures at a lower magnification."
        )


def _of_scale(accepted: Accepted) -> Iterator[str]:
    if accepted.unit == "px" or "pixel_size_confidence" not in accepted.images:
        return
    stated = accepted.images["pixel_size_confidence"]
    unsure = sorted(set(stated[stated.isin(["low", "none"])]))
    if unsure:
        count = int(stated.isin(unsure).sum())
        yield f"The pixel size of {count} image{_s(count)} is of {' or '.join(unsure)} confidence; check it."


def _of_exclusions(balance: Balance, exclusions: tuple[Exclusion, ...]) -> Iterator[str]:
    left_out = balance.detected - balance.accepted
    if left_out > MUCH * balance.detected:
        yield f"{left_out} of {balance.detected} detected particles were excluded."
    for each in exclusions:
        if each.reason in ABOUT_SIZE or each.p >= SIGNIFICANT:
            continue
        larger = "larger" if each.median > each.accepted_median else "smaller"
        yield (
            f"The {each.count} particles excluded as {each.reason!r} are {larger} than the accepted ones (median "
            f"{each.median:.3g} against {each.accepted_median:.3g}, p = {each.p:.2g}): the sample may be biased."
        )


def longer_than_half(accepted: Accepted) -> int:
    """Accepted particles whose largest Feret diameter is above half of the shorter side of the frame."""
    if "feret_max" not in accepted.sizes:
        return 0
    longest = accepted.values("feret_max")
    return int((longest > _shorter_sides(accepted.images, accepted)[accepted.image_of] / 2).sum())


def _shorter_sides(images: pd.DataFrame, accepted: Accepted) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    heights = (images["frame_y1"] - images["frame_y0"]).to_numpy(np.float64)
    widths = (images["frame_x1"] - images["frame_x0"]).to_numpy(np.float64)
    if accepted.unit == "nm":
        heights = heights * images["pixel_size_y_nm"].to_numpy(np.float64)
        widths = widths * images["pixel_size_nm"].to_numpy(np.float64)
    shorter: np.ndarray[tuple[int], np.dtype[np.float64]] = np.minimum(heights, widths)
    return shorter


def _s(count: int) -> str:
    return "" if count == 1 else "s"
