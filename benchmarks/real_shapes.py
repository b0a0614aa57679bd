"""A classifier on real particles with known answers of another kind than its classes.

python benchmarks/real_shapes.py BUNDLE
python benchmarks/real_shapes.py BUNDLE --segmenter auto

BAM TiO2 (SE) says of each particle whether others cover it: the classifier is right where it answers `covered` for
these and anything else for the others. Gas-atomised powder (AMPIS) is round: it is right where it answers `sphere` or
`sphere-like`. Neither is among what the recipes of shapes learn from. With --segmenter what is found is classified,
without it what people drew. Intervals are 95 % by bootstrap over images.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import pandas as pd

from nanosieve import Host
from nanosieve.evaluation.shapes import evaluate_shapes
from nanosieve.labelled import DataConfig, Entry, LabelledImage, SourceConfig
from nanosieve.labelled.data import find_data
from nanosieve.loading import load_classifier, load_segmenter

# se_classes: 1 wholly visible, 2 partly covered, 3 fragment of a mostly covered particle.
VISIBLE, COVERED = "visible", "covered"
ROUND = ("sphere", "sphere-like", "circle")
ROUNDS = 2000


@dataclass(frozen=True)
class Classed:
    """A labelled image whose particles get their classes from a picture of classes, or all the same one."""

    entry: Entry
    classes: Path | None
    every: str = ""

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def source(self) -> str:
        return self.entry.source

    @property
    def group(self) -> str:
        return self.entry.group

    def load(self) -> LabelledImage:
        image = self.entry.load()
        numbers = range(1, int(image.labels.max()) + 1)
        classes = dict.fromkeys(numbers, self.every)
        if self.classes is not None:
            picture = imagecodecs.png_decode(self.classes.read_bytes())
            # both without the data bar, which one cuts a few rows higher than the other
            rows = min(len(picture), len(image.labels))
            labels, picture = image.labels[:rows], picture[:rows]
            kinds = {n: np.bincount(picture[labels == n], minlength=1).argmax() for n in numbers}
            classes = {n: VISIBLE if kind == 1 else COVERED for n, kind in kinds.items() if kind}
        return LabelledImage(
            micrograph=image.micrograph,
            labels=image.labels,
            name=image.name,
            source=image.source,
            group=image.group,
            classes=classes,
        )


def entries_of(name: str, images: Path, labels: Path, host: Host) -> tuple[Entry, ...]:
    """All images of a source."""
    source = SourceConfig(name=name, images=images, labels=labels, split="test", polarity="bright")
    return find_data(DataConfig(source=(source,)), host.readers).entries


def interval(table: pd.DataFrame, score) -> tuple[float, float, float]:
    """The score, and its 95 % interval over images drawn again."""
    images = dict(list(table.groupby("image")))
    generator = np.random.default_rng(0)
    names = sorted(images)
    drawn = [
        score(pd.concat([images[names[index]] for index in generator.integers(len(names), size=len(names))]))
        for _ in range(ROUNDS)
    ]
    return score(table), *np.nanpercentile(drawn, [2.5, 97.5])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("classifier")
    parser.add_argument("--segmenter", help="classify what this segmenter finds")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    host = Host()
    classifier = load_classifier(options.classifier, host).tool
    segmenter = load_segmenter(options.segmenter, host).tool if options.segmenter else None
    bam = options.data / "bam_tio2"
    fields = [
        Classed(entry, bam / "se_classes" / f"{entry.path.stem}.png")
        for entry in entries_of("BAM TiO2 SE", bam / "se", bam / "se_instances", host)
    ]
    powder = options.data / "ampis_powder"
    grains = [
        Classed(entry, None, "sphere")
        for entry in entries_of("AMPIS", powder / "images", powder / "particles", host)
    ]
    for title, entries in (("BAM TiO2 SE", fields), ("AMPIS powder", grains)):
        table = evaluate_shapes(entries, classifier, segmenter=segmenter).particles
        found = table[table["found"]]
        print(f"{title}: {table['image'].nunique()} images, {len(found)} of {len(table)} particles found")
        print(f"  unknown {100 * (found['answer'] == 'unknown').mean():.1f} %")
        for name, score in scores_of(title).items():
            value, low, high = interval(found, score)
            print(f"  {name} {100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})")
        print(found.groupby(["true_class", "answer"]).size().to_string())


def scores_of(title: str) -> dict[str, object]:
    """What is counted: with the likeliest class, and with unknown in its own right."""
    if title.startswith("BAM"):
        return {
            "balanced accuracy of covered against visible": balanced,
            "covered that would be sized": slipped,
        }
    return {
        "sphere or sphere-like": lambda table: float(table["best_class"].isin(ROUND).mean()),
        "sphere or sphere-like, of those not unknown": lambda table: float(
            table[table["answer"] != "unknown"]["answer"].isin(ROUND).mean()
        ),
    }


def balanced(table: pd.DataFrame) -> float:
    """Mean of the shares of covered ones called covered, and of visible ones called anything else."""
    covered = table["true_class"] == COVERED
    said = table["best_class"] == COVERED
    return float((said[covered].mean() + (~said[~covered]).mean()) / 2)


def slipped(table: pd.DataFrame) -> float:
    """Share of the covered ones that get a class that is sized."""
    covered = table[table["true_class"] == COVERED]
    return float((~covered["answer"].isin((COVERED, "agglomerate", "unknown"))).mean())


if __name__ == "__main__":
    main()
