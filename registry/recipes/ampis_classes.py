"""Shape classes of gas-atomised powder (AMPIS) by what people drew: tables without pixels, to learn shapes from.

python registry/recipes/ampis_classes.py ../shared/data/ampis_powder registry/models/ampis-shape-labels

A particle is a `sphere` where the axes of the ellipse of its second moments differ by less than 8 % and its outline is
convex; `sphere-like` where they differ by less than a third and nothing touches it, so that no neighbour cuts it; and
`covered` where it is less round and neighbours hide at least a fifth of its outline. Satellites that are less round
are caps whose rest is in or behind the particle that they sit on: `covered`. What fits none of these gets no class.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
from skimage.measure import regionprops

from nanosieve.values import LabelImage
from nanosieve.writing import write_text

# Smaller ones show no shape, px of equivalent diameter.
LEAST_DIAMETER_PX = 12
# Least ratio of the axes, minor over major, and least share of the convex hull.
SPHERE, SPHERE_LIKE = (0.92, 0.94), (0.67, 0.93)
# A particle that is this round or rounder is not called covered.
COVERED_BELOW = 0.85
# Share of the outline that another particle is next to.
FREE_BELOW, HIDDEN_FROM = 0.05, 0.2
# How near that is, px: labels are drawn by hand.
NEAR_PX = 3


def classes_of(labels: LabelImage, satellites: bool) -> Iterator[tuple[int, str]]:
    """Number and class of each labelled particle that has one."""
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * NEAR_PX + 1, 2 * NEAR_PX + 1))
    height, width = labels.shape
    for region in regionprops(labels):
        y0, x0, y1, x1 = region.bbox
        if (
            region.equivalent_diameter_area < LEAST_DIAMETER_PX
            or 0 in (y0, x0)
            or y1 == height
            or x1 == width
        ):
            continue
        round_, convex = region.axis_minor_length / region.axis_major_length, region.solidity
        box = np.s_[max(y0 - 5, 0) : y1 + 5, max(x0 - 5, 0) : x1 + 5]
        own = (labels[box] == region.label).astype(np.uint8)
        others = ((labels[box] > 0) & (own == 0)).astype(np.uint8)
        rim = own.astype(bool) & (cv2.erode(own, np.ones((3, 3), np.uint8)) == 0)
        hidden = cv2.dilate(others, around)[rim].mean()
        if satellites:
            if round_ < COVERED_BELOW:
                yield region.label, "covered"
        elif round_ >= SPHERE[0] and convex >= SPHERE[1]:
            yield region.label, "sphere"
        elif hidden < FREE_BELOW and round_ >= SPHERE_LIKE[0] and convex >= SPHERE_LIKE[1]:
            yield region.label, "sphere-like"
        elif hidden >= HIDDEN_FROM and round_ < COVERED_BELOW:
            yield region.label, "covered"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for kind in ("particles", "satellites"):
        lines = ["image,instance,class"]
        for path in sorted((options.data / kind).glob("*.png")):
            labels = imagecodecs.png_decode(path.read_bytes()).astype(np.int32)
            lines += [f"{path.stem},{n},{name}" for n, name in classes_of(labels, kind == "satellites")]
        write_text(options.out / f"{kind}.csv", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
