"""UNet++ over one large picture: nanosieve against the usual loop, in one run, with the same weights.

python benchmarks/inference.py MODEL

The usual loop: float32, eager, tiles of 512 px that overlap by half, averaged. Both run in torch alone, with as many
threads as there are cores. The picture is simulated; starting, reading and warming up do not count. Each is run
alternately; the median of the ratios is printed, with scores against the truth and the peak memory of each.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

from nanosieve import Host, Micrograph
from nanosieve.grey import to_grey
from nanosieve.learn.bundles import load_weights
from nanosieve.learn.normalising import normalise
from nanosieve.loading import load_segmenter
from nanosieve.models import read_bundle
from nanosieve.simulate import SimulationSettings, simulate
from nanosieve_segmenters.unetpp.config import UnetPlusPlusConfig
from nanosieve_segmenters.unetpp.network import make_network

SHAPE = (1886, 2048)
TILE, STRIDE = 512, 256
ROUNDS = 3


def picture() -> tuple[Micrograph, np.ndarray]:
    """A simulated picture and what is particle in it."""
    settings = SimulationSettings(
        height=SHAPE[0], width=SHAPE[1], diameter_nm=80, coverage=0.3, data_bar=False
    )
    simulated = simulate("se", settings, seed=4)
    return Micrograph(pixels=to_grey(simulated.pixels)[0], polarity="bright"), simulated.labels > 0


def usual(folder: Path):
    """The usual loop, ready to run."""
    bundle = read_bundle(folder)
    network = make_network(UnetPlusPlusConfig(**bundle.card.config))
    load_weights(network, bundle.weights)
    network.eval()

    @torch.inference_mode()
    def run(micrograph: Micrograph) -> np.ndarray:
        grey = torch.from_numpy(normalise(micrograph))
        height, width = grey.shape
        total, count = torch.zeros_like(grey), torch.zeros_like(grey)
        for y in starts(height):
            for x in starts(width):
                tile = grey[None, None, y : y + TILE, x : x + TILE]
                total[y : y + TILE, x : x + TILE] += torch.sigmoid(network(tile))[0, 0]
                count[y : y + TILE, x : x + TILE] += 1
        return (total / count).numpy()

    return run


def starts(length: int) -> list[int]:
    """Where tiles begin; the last one ends with the picture."""
    return [*range(0, length - TILE, STRIDE), length - TILE]


def ours(folder: Path):
    """The segmenter of nanosieve, ready to run, without the search for particles, which the usual loop lacks."""
    # inside the guard and the rescaling
    network = load_segmenter(str(folder), Host()).tool.segmenter.segmenter
    return lambda micrograph: network.predict(micrograph)[0]


def iou(foreground: np.ndarray, truth: np.ndarray) -> float:
    """Of the pixels above 0.5."""
    found = foreground > 0.5
    return np.count_nonzero(found & truth) / np.count_nonzero(found | truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="bundle of a unetpp")
    parser.add_argument(
        "--memory", choices=("usual", "ours"), help="run once and print the peak memory in MiB"
    )
    options = parser.parse_args()
    micrograph, truth = picture()
    if options.memory:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        {"usual": usual, "ours": ours}[options.memory](options.model)(micrograph)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{after / 1024:.0f} {(after - before) / 1024:.0f}")
        return
    ways = {"usual loop": usual(options.model), "nanosieve": ours(options.model)}
    answers = {name: way(micrograph) for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way(micrograph)
            times[name].append(time.perf_counter() - start)
    ratios = [slow / fast for slow, fast in zip(*times.values(), strict=True)]
    print(
        f"{SHAPE[1]} x {SHAPE[0]} px, {torch.get_num_threads()} threads, median of {ROUNDS} alternating runs"
    )
    print("| way | pixel IoU with the truth | peak memory of the process, MiB |")
    print("|---|---|---|")
    for (name, answer), way in zip(answers.items(), ("usual", "ours"), strict=True):
        command = [sys.executable, __file__, str(options.model), "--memory", way]
        peak, _ = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        print(f"| {name} | {iou(answer, truth):.4f} | {peak} |")
    change = np.mean((answers["nanosieve"] > 0.5) != (answers["usual loop"] > 0.5))
    print(
        f"nanosieve is {statistics.median(ratios):.1f} times faster; {100 * change:.3f} % of the pixels differ"
    )


if __name__ == "__main__":
    main()
