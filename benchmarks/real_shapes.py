"""A classifier on real particles with known answers of another kind than its classes.

python benchmarks/real_shapes.py BUNDLE
python benchmarks/real_shapes.py BUNDLE --segmenter auto

BAM TiO2 (SE) says of each particle whether others cover it: the classifier is right where it answers `covered` for
these and anything else for the others. Gas-atomised powder (AMPIS) is round: it is right where it answers `sphere` or
`sphere-like`, of all particles and of those that are no neighbour's to hide by their outlines, see
registry/models/ampis-shape-labels. The recipe of `se-shape` learns from one specimen of the powder, `Sc1`; the two
images of the others are scored apart; the segmenters that come along learnt from all four, so for them no powder is
new. BAM TiO2 is not learnt from. With --segmenter what is found is classified, without it what people drew; for BAM the
median of what `analyze` then accepts is compared with the labels. Intervals are 95 % by bootstrap over images.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import imagecodecs
import numpy as np
import pandas as pd

from nanosieve import Classification, Host, Micrograph, Segmentation
from nanosieve.evaluation.shapes import evaluate_shapes
from nanosieve.labelled import DataConfig, Entry, LabelledImage, SourceConfig
from nanosieve.labelled.data import find_data
from nanosieve.loading import load_classifier, load_segmenter
from nanosieve.outline import FloatArray
from nanosieve.particles import cut_particles
from nanosieve.pipeline import DEFAULT_RULES
from nanosieve.quality import judge
from nanosieve.specs import Classifier, Segmenter

# se_classes: 1 wholly visible, 2 partly covered, 3 fragment of a mostly covered particle.
VISIBLE, COVERED = "visible", "covered"
ROUND = ("sphere", "sphere-like", "circle")
NOT_SIZED = (COVERED, "agglomerate", "unknown")
BY_OUTLINE, REST = "round by outline", "hidden, at the edge, small or ragged"
ROUNDS = 2000
# Of the powder, what the recipe of `se-shape` learns from, and what the outlines of all of it say.
LEARNT = "Sc1"
POWDER_CLASSES = Path("registry/models/ampis-shape-labels/particles.csv")


@dataclass(frozen=True)
class Classed:
    """A labelled image whose particles get their classes from a picture of classes, or are round by outline or not."""

    entry: Entry
    classes: Path | None = None

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
        classes = {n: BY_OUTLINE if image.classes.get(n) in ROUND else REST for n in numbers}
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


@dataclass(frozen=True)
class Remembering:
    """A segmenter that finds the particles of each picture once."""

    segmenter: Segmenter
    found: dict[str, Segmentation] = field(default_factory=dict)

    def segment(self, micrograph: Micrograph) -> Segmentation:
        if micrograph.name not in self.found:
            self.found[micrograph.name] = self.segmenter.segment(micrograph)
        return self.found[micrograph.name]


def entries_of(
    name: str, images: Path, labels: Path, host: Host, classes: Path | None = None
) -> tuple[Entry, ...]:
    """All images of a source."""
    source = SourceConfig(
        name=name, images=images, labels=labels, classes=classes, split="test", polarity="bright"
    )
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
    segmenter = Remembering(load_segmenter(options.segmenter, host).tool) if options.segmenter else None
    bam = options.data / "bam_tio2"
    fields = [
        Classed(entry, bam / "se_classes" / f"{entry.path.stem}.png")
        for entry in entries_of("BAM TiO2 SE", bam / "se", bam / "se_instances", host)
    ]
    powder = options.data / "ampis_powder"
    grains = [
        Classed(entry)
        for entry in entries_of("AMPIS", powder / "images", powder / "particles", host, POWDER_CLASSES)
    ]
    unseen = [grain.name for grain in grains if not grain.entry.path.name.startswith(LEARNT)]
    on_titanium = evaluate_shapes(fields, classifier, segmenter=segmenter).particles
    on_powder = evaluate_shapes(grains, classifier, segmenter=segmenter).particles
    print_answers("BAM TiO2 SE", on_titanium)
    print_answers("AMPIS powder, all", on_powder)
    print_answers("AMPIS powder, specimens that were not learnt", on_powder[on_powder["image"].isin(unseen)])
    if segmenter:
        print_medians(fields, classifier, segmenter)


def print_answers(title: str, table: pd.DataFrame) -> None:
    found = table[table["found"]]
    print(f"{title}: {table['image'].nunique()} images, {len(found)} of {len(table)} particles found")
    print_scores(scores_of(title), found)
    if title.startswith("AMPIS"):
        print(f"  {BY_OUTLINE}:")
        print_scores(scores_of(title), found[found["true_class"] == BY_OUTLINE])
    print(found.groupby(["true_class", "answer"]).size().to_string())


def print_scores(scores: dict[str, object], found: pd.DataFrame) -> None:
    print(f"  {len(found)} particles, unknown {100 * (found['answer'] == 'unknown').mean():.1f} %")
    for name, score in scores.items():
        value, low, high = interval(found, score)
        print(f"  {name} {100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})")


def print_medians(fields: list[Classed], classifier: Classifier, segmenter: Segmenter) -> None:
    """Median of what `analyze` accepts, over that of the labels."""
    rows = []
    for entry in fields:
        image = entry.load()
        found = cut_particles(image.micrograph, segmenter.segment(image.micrograph))
        answers = Classification(classes=tuple(classifier.classes), probabilities=classifier.classify(found))
        drawn = cut_particles(image.micrograph, Segmentation(labels=image.labels))
        visible = np.array([image.classes.get(int(n)) == VISIBLE for n in drawn.labels])
        whole = accepted(image, drawn, None)
        rows.append(
            (
                diameters(found)[accepted(image, found, answers)],
                diameters(drawn)[whole & visible],
                diameters(drawn)[whole],
            )
        )
    print(f"D50 of accepted particles, {len(rows)} images, all together")
    for title, place in (("labels of wholly visible particles", 1), ("all labels", 2)):
        bias = [
            100 * (np.median(np.concatenate(mine)) / np.median(np.concatenate(theirs)) - 1)
            for mine, theirs in drawn_again([(row[0], row[place]) for row in rows])
        ]
        low, high = np.percentile(bias[1:], [2.5, 97.5])
        print(f"  against {title}: {bias[0]:+.1f} % ({low:+.1f} to {high:+.1f})")


def accepted(image: LabelledImage, particles, classification: Classification | None) -> np.ndarray:
    verdicts = judge(image.micrograph, particles, classification, DEFAULT_RULES)
    return np.array([not reason for reason in verdicts.reasons], bool)


def diameters(particles) -> FloatArray:
    return np.sqrt(4 * particles.areas / np.pi)


def drawn_again(pairs: list[tuple[FloatArray, FloatArray]]):
    """Both sides of all images, then of images drawn again."""
    generator = np.random.default_rng(0)
    for number in range(ROUNDS + 1):
        chosen = generator.integers(len(pairs), size=len(pairs)) if number else range(len(pairs))
        yield tuple(zip(*(pairs[index] for index in chosen), strict=True))


def scores_of(title: str) -> dict[str, object]:
    """What is counted: with the likeliest class, and with unknown in its own right."""
    if title.startswith("BAM"):
        return {
            "balanced accuracy of covered against visible, likeliest class": lambda table: balanced(
                table, "best_class"
            ),
            "balanced accuracy, covered where that is sure enough to be the answer": lambda table: balanced(
                table, "answer"
            ),
            "covered that would be sized": slipped,
        }
    return {
        "sphere or sphere-like": lambda table: float(table["best_class"].isin(ROUND).mean()),
        "sphere or sphere-like, of those not unknown": lambda table: float(
            table[table["answer"] != "unknown"]["answer"].isin(ROUND).mean()
        ),
        "sphere or sphere-like, of those that would be sized": lambda table: float(
            table[~table["answer"].isin(NOT_SIZED)]["answer"].isin(ROUND).mean()
        ),
    }


def balanced(table: pd.DataFrame, column: str) -> float:
    """Mean of the shares of covered ones called covered, and of visible ones called anything else, unknown too."""
    covered = table["true_class"] == COVERED
    said = table[column] == COVERED
    return float((said[covered].mean() + (~said[~covered]).mean()) / 2)


def slipped(table: pd.DataFrame) -> float:
    """Share of the covered ones that get a class that is sized."""
    covered = table[table["true_class"] == COVERED]
    return float((~covered["answer"].isin(NOT_SIZED)).mean())


if __name__ == "__main__":
    main()
