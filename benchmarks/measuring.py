"""All measures of 2,425 particles against the ten usual columns of scikit-image, in one run.

    python benchmarks/measuring.py [--repeats 5]

Outlining is part of our time; compiling is not part of either.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import cv2
import numpy as np
from skimage.measure import regionprops_table

from nanosieve import Host, Measure, Micrograph, Segmentation, cut_particles
from nanosieve.measuring import compute

SHAPE, COUNT = (1886, 2048), 2425
USUAL = (
    "label",
    "area",
    "perimeter",
    "solidity",
    "eccentricity",
    "feret_diameter_max",
    "axis_major_length",
    "axis_minor_length",
    "equivalent_diameter_area",
    "mean_intensity",
)
CLASSES = ("circle", "rod", "triangle", "square", "pentagon", "hexagon")


def crowded(seed: int = 0) -> tuple[Micrograph, Segmentation]:
    """2,425 ellipses on a jittered grid, boxes about 30 px, many of them touching."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(COUNT * SHAPE[1] / SHAPE[0])))
    rows = int(np.ceil(COUNT / columns))
    pitch_y, pitch_x = SHAPE[0] / rows, SHAPE[1] / columns
    labels = np.zeros(SHAPE, np.int32)
    for index in range(COUNT):
        row, column = divmod(index, columns)
        y, x = (row + 0.5) * pitch_y + rng.normal(0, 2), (column + 0.5) * pitch_x + rng.normal(0, 2)
        axes = rng.normal(0.49, 0.04, 2) * min(pitch_x, pitch_y)
        cv2.ellipse(labels, ((x, y), tuple(2 * axes), rng.uniform(0, 180)), index + 1, -1)
    present = np.unique(labels)
    labels = np.searchsorted(present, labels).astype(np.int32)
    soft = cv2.GaussianBlur((labels > 0).astype(np.float32), (0, 0), 0.7)
    pixels = np.clip(soft + rng.normal(0, 0.05, SHAPE), 0, 1).astype(np.float32)
    return Micrograph(pixels=pixels, name="crowded"), Segmentation(labels=labels, foreground=soft)


def measure_all(micrograph: Micrograph, segmentation: Segmentation, measures: dict[str, Measure]) -> None:
    """Outline and measure, as `nanosieve.analyze` does."""
    particles = cut_particles(micrograph, segmentation)
    classified = particles.with_classes([CLASSES[index % len(CLASSES)] for index in range(len(particles))])
    for name, measure in measures.items():
        compute(measure, classified, name)


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    micrograph, segmentation = crowded()
    measures = {
        name: spec
        for name, spec in Host().measures.items()
        if str(spec.compute).startswith("nanosieve_measures")
    }
    boxes = cut_particles(micrograph, segmentation).boxes
    print(f"{segmentation.count} particles, median box {np.median(boxes[:, 2:] - boxes[:, :2]):.0f} px")
    measure_all(micrograph, segmentation, measures)  # compiles
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(seconds(lambda: measure_all(micrograph, segmentation, measures)))
        theirs.append(
            seconds(
                lambda: regionprops_table(
                    segmentation.labels, np.asarray(micrograph.pixels), properties=USUAL
                )
            )
        )
    print(f"nanosieve, outlines and {len(measures)} measures: {1000 * median(ours):.0f} ms")
    print(f"scikit-image, {len(USUAL)} columns: {1000 * median(theirs):.0f} ms")
    print(f"ratio: {median(theirs) / median(ours):.1f}")


if __name__ == "__main__":
    main()
