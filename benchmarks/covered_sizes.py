"""How wrong the sizes of covered particles are: of those that a classifier lets through, and of those it keeps out.

python benchmarks/covered_sizes.py DATA [--segmenter auto] [--classifier auto]

DATA is a TOML file of micrographs from `nanosieve simulate`, as benchmarks/simulated_shapes_stem.toml says how to make
them; the split `test` is taken. Particles are matched at IoU > 0.5, and the equivalent diameter of
what was found is compared with that of the full outline.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from nanosieve import Host
from nanosieve.evaluation.shapes import evaluate_shapes
from nanosieve.labelled import Entry, read_data
from nanosieve.loading import load_classifier, load_segmenter
from nanosieve.matching import match, overlap_of
from nanosieve.specs import Segmenter
from real_shapes import Remembering

COVERED = "covered"
NOT_SIZED = (COVERED, "agglomerate", "unknown")
FAR = 0.05


def deviations(entry: Entry, segmenter: Segmenter) -> pd.DataFrame:
    """By how much the diameter of each true particle that was found is off: ``image``, ``label``, ``deviation``."""
    image = entry.load()
    overlap = overlap_of(segmenter.segment(image.micrograph).labels, image.labels)
    pairs = match(overlap)
    truth = pd.read_csv(entry.path.parent / "truth" / f"{entry.path.stem}_particles.csv").set_index("label")
    found_px = np.sqrt(4 / np.pi * overlap.found_areas[pairs.found])
    assert image.micrograph.pixel_size_nm is not None  # simulated files say it
    true_px = truth["equivalent_diameter_nm"][pairs.truth].to_numpy() / image.micrograph.pixel_size_nm[0]
    return pd.DataFrame({"image": entry.name, "label": pairs.truth, "deviation": found_px / true_px - 1})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--segmenter", default="auto")
    parser.add_argument("--classifier", default="auto")
    options = parser.parse_args()
    host = Host()
    # the same pictures are asked for twice
    segmenter = Remembering(load_segmenter(options.segmenter, host).tool)
    classifier = load_classifier(options.classifier, host).tool
    entries = read_data(options.data, host.readers).of("test")
    answers = evaluate_shapes(entries, classifier, segmenter=segmenter).particles
    found = pd.concat([deviations(entry, segmenter) for entry in entries])
    table = answers[answers["found"]].merge(found, on=["image", "label"])
    table["sized"] = ~table["answer"].isin(NOT_SIZED)
    print("| truth | answer | particles | median deviation of diameter | off by more than 5 % |")
    print("|---|---|---|---|---|")
    for title, rows in (
        ("covered", table[table["true_class"] == COVERED]),
        ("of a class that is sized", table[table["true_class"].isin(set(classifier.classes) - {*NOT_SIZED})]),
    ):
        for sized, part in rows.groupby("sized"):
            far = (part["deviation"].abs() > FAR).mean()
            answer = "sized" if sized else "not sized"
            print(
                f"| {title} | {answer} | {len(part)} | {100 * part['deviation'].median():+.1f} % | {100 * far:.0f} % |"
            )


if __name__ == "__main__":
    main()
