"""Scores of a segmenter on real micrographs: mean pixel IoU and instance F1 (match at IoU > 0.5), set by set.

python benchmarks/segmenting.py --data ../shared/data [--segmenter threshold] [--set method=li] [--limit 40]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np

from matching import instance_f1, pixel_iou
from nanosieve import Host, open_micrograph
from nanosieve.cli.request import parse_settings
from nanosieve.loading import load_segmenter

# The moved labels do not fit this one.
NOT_REGISTERED = "1908267"
EMPS_FIRST = 40


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
    print("| set | images | pixel IoU (sd) | instance F1 (sd) |")
    print("|---|---|---|---|")
    for name, items in sets(options.data):
        scores = []
        for image, label in items[: options.limit]:
            micrograph = open_micrograph(image, readers=host.readers)
            frame = micrograph.frame
            truth = imagecodecs.png_decode(label.read_bytes())[frame.y0 : frame.y1, frame.x0 : frame.x1]
            found = segmenter.segment(micrograph).labels
            scores.append((pixel_iou(found, truth), instance_f1(found, truth)))
        (iou, f1), (iou_sd, f1_sd) = np.mean(scores, axis=0), np.std(scores, axis=0)
        print(f"| {name} | {len(scores)} | {iou:.3f} ({iou_sd:.3f}) | {f1:.3f} ({f1_sd:.3f}) |", flush=True)


if __name__ == "__main__":
    main()
