"""Ways to part particles, compared on the same answers of the networks.

python benchmarks/parting.py
python benchmarks/parting.py --se runs/se/bundle --stem runs/stem/bundle --try prominence=0.05 --try prominence=0.15

Data: the validation papers of EMPS, and simulated piles (`crowded_settings`) of seeds that training never uses, SE and
transmission by turns. Each --try is one set of options of the networks, as `prominence=0.1,least_depth=0.3`; the
first row are the options in the models' cards. Printed are means over the images with their 95 % intervals.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nanosieve import Host
from nanosieve.evaluation import overlap_of, score_instances, score_pixels
from nanosieve.kinds import Kind
from nanosieve.labelled import LabelledImage, read_data
from nanosieve.learn.network_segmenter import NetworkSegmenter
from nanosieve.learn.simulated import FIRST_TRAINING_SEED, labelled_picture
from nanosieve.loading import Loaded, load_segmenter
from nanosieve.simulate import crowded_settings
from nanosieve.values import FloatImage, Micrograph

KINDS: tuple[Kind, ...] = ("se", "stem_bf", "se", "stem_df")
SIDE_PX = 640
FIRST_SEED = 2000
SCORES = {
    "iou": "pixel IoU",
    "instance_precision": "precision",
    "instance_recall": "recall",
    "instance_f1": "instance F1",
    "ap50": "AP50",
}
RESAMPLES = 2000


class Remembering:
    """The answers of a network to the pictures of one image, so that each is computed once."""

    def __init__(self, network: NetworkSegmenter) -> None:
        self.predict = network.predict
        self.known: dict[tuple[object, ...], list[FloatImage]] = {}
        network.predict = self  # type: ignore[method-assign,assignment]

    def __call__(self, micrograph: Micrograph) -> list[FloatImage]:
        key = (micrograph.shape, micrograph.polarity, micrograph.pixels.tobytes())
        if key not in self.known:
            self.known[key] = self.predict(micrograph)
        return [plane.copy() for plane in self.known[key]]


def images(options: argparse.Namespace, host: Host) -> Iterator[tuple[str, LabelledImage]]:
    """EMPS, then piles."""
    entries = read_data(options.data, host.readers).of("validation")
    for entry in entries[:: options.every]:
        yield "EMPS", entry.load()
    for number in range(options.piles):
        kind = KINDS[number % len(KINDS)]
        seed = FIRST_SEED + number
        settings = crowded_settings(np.random.default_rng(seed), kind, height=SIDE_PX, width=SIDE_PX)
        yield f"piles, {'SE' if kind == 'se' else 'STEM'}", labelled_picture(kind, settings, seed)


def parsed(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in (each.split("=") for each in text.split(",") if each)}


def networks_in(loaded: Loaded) -> list[NetworkSegmenter]:
    """Inside the guards, the choice and the rescaling."""
    return [choice.tool.segmenter.segmenter for choice in loaded.tool.segmenter.choices.values()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--se", default="shipped:se-segmenter")
    parser.add_argument("--stem", default="shipped:stem-segmenter")
    parser.add_argument("--try", dest="tries", type=parsed, action="append", default=[{}])
    parser.add_argument("--data", type=Path, default=Path("benchmarks/labelled.toml"))
    parser.add_argument("--every", type=int, default=1, help="only every so many images of EMPS")
    parser.add_argument("--piles", type=int, default=24, help="simulated pictures")
    options = parser.parse_args()
    assert FIRST_SEED + options.piles < FIRST_TRAINING_SEED
    host = Host()
    loaded = load_segmenter("auto", host, {"se": options.se, "stem": options.stem})
    networks = networks_in(loaded)
    cards = [network.config for network in networks]
    memories = [Remembering(network) for network in networks]
    rows = []
    for data, image in images(options, host):
        for number, tried in enumerate(options.tries):
            for network, card in zip(networks, cards, strict=True):
                network.config = card.model_copy(update=tried)
            found = loaded.tool.segment(image.micrograph).labels
            overlap = overlap_of(found, image.labels)
            scores = score_pixels(found, image.labels, overlap) | score_instances(overlap)
            rows.append({"data": data, "try": number, **scores})
        for memory in memories:
            memory.known.clear()
    print_table(pd.DataFrame(rows), options.tries)


def print_table(rows: pd.DataFrame, tries: Sequence[dict[str, float]]) -> None:
    print(f"| data | images | options | {' | '.join(SCORES.values())} |")
    print("|---" * (3 + len(SCORES)) + "|")
    for (data, number), part in rows.groupby(["data", "try"]):
        options = ", ".join(f"{name} {value:g}" for name, value in tries[number].items()) or "as in the card"
        cells = [interval(part[score].to_numpy()) for score in SCORES]
        print(f"| {data} | {len(part)} | {options} | {' | '.join(cells)} |")


def interval(values: np.ndarray) -> str:
    """Mean and its 95 % interval over the images, by the bootstrap of percentiles."""
    values = values[np.isfinite(values)]
    draws = np.random.default_rng(0).choice(values, (RESAMPLES, len(values))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
