"""Time of the weight maps on 2048 x 1886 px with about 2,400 particles, against the usual recipe.

python benchmarks/weight_maps.py

The usual recipe makes one Euclidean distance transform (SciPy) of the whole image for each particle, stacks and sorts
them. That takes minutes and tens of gigabytes, so a few transforms are timed, and sorting on a part of the rows, and
both are scaled up: transforms by the number of particles, sorting by the number of rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt

from nanosieve import Host

SHAPE = (1886, 2048)
PARTICLES = 2400
TRANSFORMS = 5
SORTED_ROWS = 4
REPEATS = 5


def discs(shape: tuple[int, int], count: int, seed: int = 0) -> np.ndarray:
    """Labels of discs of radius 8 to 22 px that may touch; a later one that would cover others is left out."""
    generator = np.random.default_rng(seed)
    labels = np.zeros(shape, np.int32)
    placed = 0
    while placed < count:
        radius = int(generator.integers(8, 23))
        y, x = (int(generator.integers(radius, side - radius)) for side in shape)
        box = labels[y - radius : y + radius + 1, x - radius : x + radius + 1]
        rows, columns = np.ogrid[-radius : radius + 1, -radius : radius + 1]
        inside = rows**2 + columns**2 <= radius**2
        if not box[inside].any() or generator.random() < 0.001:
            placed += 1
            box[inside & (box == 0)] = placed
    return labels


def seconds(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Median time of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    labels = discs(SHAPE, PARTICLES)
    count = len(np.unique(labels)) - 1
    pixels = np.random.default_rng(1).random(SHAPE, np.float32)
    maps = Host().weight_maps
    one = seconds(lambda: distance_transform_edt(labels != 1), TRANSFORMS)
    stack = np.random.default_rng(2).random((count, SORTED_ROWS, SHAPE[1]))
    sort = seconds(lambda: np.sort(stack, axis=0), 3) * SHAPE[0] / SORTED_ROWS
    recipe = one * count + sort
    print(f"{SHAPE[1]} x {SHAPE[0]} px, {count} particles, {100 * (labels > 0).mean():.0f} % covered")
    print(
        f"usual recipe: {one * count:.0f} s of transforms + {sort:.0f} s of sorting (both scaled up), ",
        end="",
    )
    print(f"{count * labels.size * 8 / 2**30:.0f} GiB")
    print("| weight map | ms | times faster than the usual recipe |")
    print("|---|---|---|")
    for name in ("uniform", "balance", "distance", "intensity"):
        spec = maps[name]
        spec(labels, pixels)  # compiles
        took = seconds(lambda spec=spec: spec(labels, pixels))
        ratio = f"{recipe / took:,.0f}" if name in ("distance", "intensity") else ""
        print(f"| {name} | {1000 * took:.0f} | {ratio} |")


if __name__ == "__main__":
    main()
