"""Scores of a segmenter on real micrographs, set by set: means over images, and D50 of all particles together.

python benchmarks/segmenting.py --data ../shared/data [--segmenter threshold] [--set method=li] [--limit 40]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np

from nanosieve import Host, Micrograph, ReaderSpec, open_micrograph
from nanosieve.cli.request import parse_settings
from nanosieve.evaluation import evaluate, summarise
from nanosieve.labels import relabel
from nanosieve.loading import load_segmenter

# The moved labels do not fit this one.
NOT_REGISTERED = "1908267"
EMPS_FIRST = 40
SHOWN = {
    "iou": "pixel IoU (sd)",
    "rand_error": "Rand error (sd)",
    "instance_f1": "instance F1 (sd)",
    "ap50": "AP50 (sd)",
    "panoptic_quality": "panoptic quality (sd)",
    "pooled_d50_bias_percent": "D50 bias, % (95 % interval)",
}


@dataclass(frozen=True)
class Labelled:
    """A micrograph and the labels that people drew on it."""

    micrograph: Micrograph
    labels: np.ndarray


@dataclass(frozen=True)
class Pair:
    """Files of an image and its label image."""

    source: str
    image: Path
    label: Path
    readers: Mapping[str, ReaderSpec]

    @property
    def name(self) -> str:
        return self.image.name

    @property
    def group(self) -> str:
        return self.image.stem

    def load(self) -> Labelled:
        """Read both; the data bar has no labels."""
        micrograph = open_micrograph(self.image, readers=self.readers)
        frame = micrograph.frame
        labels = imagecodecs.png_decode(self.label.read_bytes())[frame.y0 : frame.y1, frame.x0 : frame.x1]
        return Labelled(micrograph, relabel(labels))


def sets(data: Path) -> Iterator[tuple[str, list[tuple[Path, Path]]]]:
    """Name, and pairs of image and label image."""
    bam, powder, emps = data / "bam_tio2", data / "ampis_powder", data / "emps"
    stem = [
        pair for pair in pairs(bam / "stem", bam / "stem_instances_from_se") if pair[0].stem != NOT_REGISTERED
    ]
    papers = pairs(emps / "images", emps / "segmaps")
    yield "BAM TiO2 SE", pairs(bam / "se", bam / "se_instances")
    yield "BAM TiO2 STEM", stem
    yield "AMPIS powder", pairs(powder / "images", powder / "particles")
    yield f"EMPS, first {EMPS_FIRST}", papers[:EMPS_FIRST]
    yield "EMPS", papers


def pairs(images: Path, labels: Path) -> list[tuple[Path, Path]]:
    """Images that have labels, by name."""
    found = {path.stem: path for path in labels.iterdir()}
    return [(path, found[path.stem]) for path in sorted(images.iterdir()) if path.stem in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with bam_tio2, ampis_powder and emps"
    )
    parser.add_argument("--segmenter", default="threshold")
    parser.add_argument(
        "--set", action="append", default=[], metavar="OPTION=VALUE", help="option of the segmenter"
    )
    parser.add_argument("--limit", type=int, help="so many images of each set")
    options = parser.parse_args()
    host = Host()
    settings = parse_settings([f"segmenter.{each}" for each in options.set])["segmenter"]
    segmenter = load_segmenter(options.segmenter, host, settings).tool
    print("| set | images | " + " | ".join(SHOWN.values()) + " |")
    print("|---" * (len(SHOWN) + 2) + "|")
    for name, items in sets(options.data):
        entries = [Pair(name, image, label, host.readers) for image, label in items[: options.limit]]
        evaluation = evaluate(entries, segmenter)
        for failure in evaluation.failures:
            print(f"{failure.image}: {failure.error}", file=sys.stderr)
        scores = summarise(evaluation).set_index("score")  # one source: no row is double
        cells = (cell(scores.loc[score]) for score in SHOWN)
        print(f"| {name} | {len(evaluation.images)} | " + " | ".join(cells) + " |", flush=True)


def cell(score: Mapping[str, float]) -> str:
    """Mean and standard deviation over images, or a pooled figure and its 95 % interval where it has one."""
    if np.isnan(score["sd"]):
        interval = "" if np.isnan(score["low"]) else f" ({score['low']:.1f} to {score['high']:.1f})"
        return f"{score['value']:.1f}{interval}"
    return f"{score['value']:.3f} ({score['sd']:.3f})"


if __name__ == "__main__":
    main()
