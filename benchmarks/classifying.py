"""What the classifier `geometry` makes of rendered shapes and of junk, by size and noise.

python benchmarks/classifying.py [--repeats 20] [--noise 0.05]
"""

from __future__ import annotations

import argparse
from collections import Counter

import cv2
import numpy as np

from nanosieve import Host, Micrograph, Segmentation, cut_particles
from nanosieve.classifying import classify
from nanosieve.loading import load_classifier
from rendering import capsule, disc, polygon, render, rod

SIZES = (10, 15, 20, 40, 80)
LIMIT = 0.75


def drawn(name: str, size: float, rng: np.random.Generator) -> np.ndarray:
    """Covered share of each pixel of a shape, or of something that is no shape at all."""
    exact = {
        "circle": lambda: disc(size),
        "rod": lambda: rod(size * 1.5, size / 1.5),
        "capsule": lambda: capsule(size * 1.5, size / 1.5),
        "triangle": lambda: polygon("triangle", 3, size),
        "square": lambda: polygon("square", 4, size * 1.2),
        "pentagon": lambda: polygon("pentagon", 5, size),
        "hexagon": lambda: polygon("hexagon", 6, size),
    }
    if name in exact:
        return render(exact[name](), rng)
    if name == "cluster":
        return cluster(size, int(rng.integers(2, 6)), rng)
    return blob(size, rng) if name == "blob" else crescent(size, rng)


def cluster(size: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Touching discs of half the size each."""
    radius = size / 4
    places = [np.zeros(2)]
    while len(places) < count:
        angle = rng.uniform(0, 2 * np.pi)
        place = places[rng.integers(len(places))] + 1.9 * radius * np.array([np.cos(angle), np.sin(angle)])
        if all(np.hypot(*(place - other)) > 1.8 * radius for other in places):
            places.append(place)
    middle = np.mean(places, axis=0)
    side = int(2 * max(np.hypot(*(place - middle)) for place in places) + 4 * radius) + 8
    y, x = np.indices((side, side)) - side / 2
    distance = np.min([np.hypot(x - px, y - py) for px, py in np.array(places) - middle], axis=0)
    return np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)


def blob(size: float, rng: np.random.Generator) -> np.ndarray:
    """An irregular outline: ten random harmonics on a circle."""
    side = int(2 * size) + 8
    y, x = np.indices((side, side)) - side / 2
    angle, distance = np.arctan2(y, x), np.hypot(x, y)
    radius = np.full_like(angle, size / 2)
    for order in range(2, 9):
        radius += size * rng.normal(0, 0.06) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    return np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)


def crescent(size: float, rng: np.random.Generator) -> np.ndarray:
    """A disc that another one hides in part."""
    side = int(size) + 10
    y, x = np.indices((side, side)) - side / 2
    angle = rng.uniform(0, 2 * np.pi)
    shift = size * rng.uniform(0.35, 0.6)
    one = np.clip(size / 2 - np.hypot(x, y) + 0.5, 0, 1)
    other = np.clip(size / 2 - np.hypot(x - shift * np.cos(angle), y - shift * np.sin(angle)) + 0.5, 0, 1)
    return np.minimum(one, 1 - other).astype(np.float32)


NAMES = (
    "circle",
    "rod",
    "capsule",
    "triangle",
    "square",
    "pentagon",
    "hexagon",
    "cluster",
    "blob",
    "crescent",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument(
        "--noise", type=float, default=0, help="standard deviation added to the covered share"
    )
    options = parser.parse_args()
    classifier = load_classifier("geometry", Host()).tool
    print("| drawn | " + " | ".join(f"{size} px" for size in SIZES) + " |")
    print("|---|" + "---|" * len(SIZES))
    for name in NAMES:
        cells = []
        for size in SIZES:
            rng = np.random.default_rng(size)
            found = Counter()
            for _ in range(options.repeats):
                soft = drawn(name, size, rng)
                if options.noise:
                    noise = cv2.GaussianBlur(rng.normal(0, 1, soft.shape).astype(np.float32), (0, 0), 1)
                    soft = np.clip(soft + options.noise * noise / noise.std() * (soft > 0) * (soft < 1), 0, 1)
                count, labels = cv2.connectedComponents((soft >= 0.5).astype(np.uint8))
                if count < 2:
                    continue
                largest = np.bincount(labels.ravel())[1:].argmax() + 1
                labels = (labels == largest).astype(np.int32)
                segmentation = Segmentation(labels=labels, foreground=soft.astype(np.float32))
                particles = cut_particles(Micrograph(pixels=soft.astype(np.float32)), segmentation)
                classes = classify(particles, classifier)
                found[classes.best[0] if classes.confidence[0] >= LIMIT else "unknown"] += 1
            cells.append(", ".join(f"{what} {count}" for what, count in found.most_common(2)))
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
