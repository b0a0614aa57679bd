"""How exact the measures are: rendered shapes of known size at random positions and angles.

    python benchmarks/accuracy.py [--repeats 20]

Prints, for each shape and size, mean error and its standard deviation in px.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np

from nanosieve import Host, Micrograph, Segmentation, cut_particles
from nanosieve.measuring import compute
from rendering import Shape, render, shapes

SIZES = (10, 15, 20, 40, 80, 200)
MEASURES = (
    "equivalent_diameter",
    "feret_max",
    "feret_min",
    "form_factor",
    "feret_max_restored",
    "feret_min_restored",
    "edge_length",
    "rod_length",
    "rod_width",
)


def truth(shape: Shape) -> dict[str, float | None]:
    """What each measure should be."""
    values = {
        "equivalent_diameter": np.sqrt(4 * shape.area / np.pi),
        "feret_max": shape.feret_max,
        "feret_min": shape.feret_min,
        "form_factor": 1.0 if shape.name == "circle" else None,
        "edge_length": shape.edge,
    }
    if shape.name != "circle":
        values |= {"feret_max_restored": shape.feret_max, "feret_min_restored": shape.feret_min}
    if shape.name == "rod":
        values |= {
            "rod_length": np.sqrt(shape.feret_max**2 - shape.feret_min**2),
            "rod_width": shape.feret_min,
        }
    return values


def measured(
    shape: Shape, rng: np.random.Generator, host: Host, blur: float = 0, soft: bool = True
) -> dict[str, float]:
    """Every measure of one rendered shape, classified rightly."""
    covered = render(shape, rng)
    if blur:
        covered = cv2.GaussianBlur(covered, (0, 0), blur)
    labels = (covered >= 0.5).astype(np.int32)
    segmentation = Segmentation(labels=labels, foreground=covered if soft else None)
    particles = cut_particles(Micrograph(pixels=covered), segmentation).with_classes([shape.name])
    return {name: float(compute(host.measures[name], particles, name)[0]) for name in MEASURES}


def errors(
    size: float, repeats: int, host: Host, blur: float = 0, soft: bool = True
) -> dict[str, dict[str, np.ndarray]]:
    """Errors of each measure of each shape, by shape and measure."""
    found: dict[str, dict[str, list[float]]] = {}
    rng = np.random.default_rng(round(size * 10))
    for shape in shapes(size):
        wanted = truth(shape)
        for _ in range(repeats):
            values = measured(shape, rng, host, blur, soft)
            for name, value in wanted.items():
                if value is not None:
                    found.setdefault(shape.name, {}).setdefault(name, []).append(values[name] - value)
    return {shape: {name: np.array(each) for name, each in row.items()} for shape, row in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20, help="positions and angles a shape and size")
    parser.add_argument("--blur", type=float, default=0, help="standard deviation of a Gaussian blur in px")
    parser.add_argument("--binary", action="store_true", help="measure the mask alone, without the soft map")
    options = parser.parse_args()
    host = Host()
    print("| shape | measure | " + " | ".join(f"{size} px" for size in SIZES) + " |")
    print("|---|---|" + "---|" * len(SIZES))
    table = [errors(size, options.repeats, host, options.blur, not options.binary) for size in SIZES]
    for shape, row in table[0].items():
        for name in row:
            cells = [f"{each[shape][name].mean():+.3f} ({each[shape][name].std():.3f})" for each in table]
            print(f"| {shape} | {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
