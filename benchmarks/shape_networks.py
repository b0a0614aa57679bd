"""Cutting out and classifying 2,425 particles: nanosieve against the usual recipe and loop, in one run.

python benchmarks/shape_networks.py [BUNDLE]

The usual recipe: crop, pad to a square, resize (Pillow), stack, float32, all particles at 224 px. The usual loop:
float32, eager, batches of 32 of these cut-outs, with the same weights; making the cut-outs is not part of its time, but
of that of nanosieve. The loop is timed on a part of the cut-outs, and scaled up. Both run in torch alone, with as many
threads as there are cores. Starting and warming up do not count. Each is run alternately; medians of the ratios are
printed, and the peak memory of each. BUNDLE is one of a resnet34; without it the weights are random, and with it, too,
its calibration is left out, which takes no time beside the network.
"""

from __future__ import annotations

import argparse
import copy
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from torch import nn

from nanosieve import Micrograph, Particles, Segmentation, cut_particles
from nanosieve.learn.bundles import load_weights
from nanosieve.learn.normalising import normalise
from nanosieve.learn.shapes.config import ShapeNetworkConfig
from nanosieve.learn.shapes.cutouts import LEAST_MARGIN_PX, NEIGHBOUR, cut_outs
from nanosieve.learn.shapes.network_classifier import NetworkClassifier
from nanosieve.models import read_bundle
from nanosieve_classifiers.resnet34.network import make_network

SHAPE, COUNT = (1886, 2048), 2425
# In px; what a disc loses where the next ones cover it makes the median width 46 px.
RADIUS, RADIUS_SPREAD = 25, 3
# Of most networks that were pre-trained on photographs, and the batch of the usual loop.
USUAL_SIZE, USUAL_BATCH = 224, 32
CLASSES = ("circle", "rod", "triangle", "square", "pentagon", "hexagon")
WAYS = ("usual", "default", "usual-size")


def crowded(seed: int = 0) -> Particles:
    """Discs on a jittered grid, later ones over earlier ones."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(COUNT * SHAPE[1] / SHAPE[0])))
    pitch_y, pitch_x = SHAPE[0] / np.ceil(COUNT / columns), SHAPE[1] / columns
    labels = np.zeros(SHAPE, np.int32)
    for index in range(COUNT):
        row, column = divmod(index, columns)
        y, x = (row + 0.5) * pitch_y + rng.normal(0, 2), (column + 0.5) * pitch_x + rng.normal(0, 2)
        cv2.circle(labels, (round(x), round(y)), round(rng.normal(RADIUS, RADIUS_SPREAD)), index + 1, -1)
    soft = cv2.GaussianBlur((labels > 0).astype(np.float32), (0, 0), 0.7)
    shade = rng.uniform(0.5, 1, COUNT + 1).astype(np.float32)[labels]
    pixels = np.clip(soft * shade + rng.normal(0, 0.05, SHAPE), 0, 1).astype(np.float32)
    return cut_particles(Micrograph(pixels=pixels, name="crowded"), Segmentation(labels=labels))


def usual_cut_outs(particles: Particles, config: ShapeNetworkConfig) -> np.ndarray:
    """Cut-outs of all particles by the usual recipe, float32 of shape (n, 1 or 2, size, size)."""
    grey = np.round(255 * normalise(particles.micrograph)).astype(np.uint8)
    labels = particles.segmentation.labels
    stack = []
    for number, (y0, x0, y1, x1) in zip(particles.labels, particles.boxes.tolist(), strict=True):
        beyond = max(LEAST_MARGIN_PX, round(config.margin * max(y1 - y0, x1 - x0)))
        crop = np.s_[max(y0 - beyond, 0) : y1 + beyond, max(x0 - beyond, 0) : x1 + beyond]
        planes = [grey[crop]]
        if config.mask:
            others = np.where(labels[crop] > 0, NEIGHBOUR if config.neighbours else 0, 0)
            planes.append(np.where(labels[crop] == number, 255, others).astype(np.uint8))
        stack.append(np.stack([on_square(plane, config.size) for plane in planes]))
    return np.stack(stack)


def on_square(plane: np.ndarray, size: int) -> np.ndarray:
    """A plane padded to a square and resized, float32 from 0 to 1."""
    height, width = plane.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    padded = np.pad(plane, ((top, side - height - top), (left, side - width - left)))
    resized = Image.fromarray(padded).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float32) / 255


def our_cut_outs(particles: Particles, config: ShapeNetworkConfig) -> None:
    """Cut-outs of all particles, batch by batch, as the classifier takes them."""
    for _ in cut_outs(particles, **config.shown):
        pass


@torch.inference_mode()
def usual_loop(network: nn.Module, planes: np.ndarray) -> np.ndarray:
    """Probabilities, shape (n, classes)."""
    batches = torch.from_numpy(planes).split(USUAL_BATCH)
    return torch.cat([network(batch).softmax(dim=1) for batch in batches]).numpy()


def load(folder: Path | None) -> tuple[ShapeNetworkConfig, nn.Module, tuple[str, ...]]:
    """Options, network and classes of a bundle, or the defaults and random weights."""
    if folder is None:
        config = ShapeNetworkConfig()
        return config, make_network(config, len(CLASSES)).eval(), CLASSES
    bundle = read_bundle(folder)
    config, classes = ShapeNetworkConfig(**bundle.card.config), bundle.card.classes
    network = make_network(config, len(classes)).eval()
    load_weights(network, bundle.weights)
    return config, network, classes


def ratios(ways: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, tuple[float, float]]:
    """For each way its median time in seconds, and the median of the first way's over its own, by turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    first = next(iter(times.values()))
    return {
        name: (median(own), median(slow / fast for slow, fast in zip(first, own, strict=True)))
        for name, own in times.items()
    }


def peaks() -> dict[str, str]:
    """Peak memory of a process for each way, MiB."""
    command = [sys.executable, __file__, *sys.argv[1:], "--memory"]
    return {
        way: subprocess.run([*command, way], capture_output=True, text=True, check=True).stdout.strip()
        for way in WAYS
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path, nargs="?", help="bundle of a resnet34")
    parser.add_argument("--particles", type=int, default=COUNT, help="how many of them are used")
    parser.add_argument("--part", type=int, default=320, help="how many the usual loop classifies")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", choices=WAYS, help="run once and print the peak memory in MiB")
    options = parser.parse_args()
    # first: Linux counts the peak of the process that started another as that of the other, too
    memory = {} if options.memory else peaks()
    particles = crowded().take(np.arange(COUNT)[: options.particles])
    some = particles.take(np.arange(len(particles))[: options.part])
    config, network, classes = load(options.bundle)
    # as the loop, which shows each once
    large = config.model_copy(update={"size": USUAL_SIZE, "views": 1})

    def ours(settings: ShapeNetworkConfig) -> NetworkClassifier:
        # a copy, because batch normalisations are folded in place
        return NetworkClassifier(copy.deepcopy(network), settings, classes, torch.device("cpu"), {}, None)

    if options.memory == "usual":
        usual_loop(network, usual_cut_outs(particles, large)[:USUAL_BATCH])
    elif options.memory:
        # more than a batch at once is never in memory
        ours(large if options.memory == "usual-size" else config).classify(some)
    if options.memory:
        print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
        return

    sides = particles.boxes[:, 2:] - particles.boxes[:, :2]
    print(
        f"{SHAPE[1]} x {SHAPE[0]} px, {len(particles)} particles, median width {np.median(sides):.0f} px, "
        f"{torch.get_num_threads()} threads, median of {options.rounds} alternating runs"
    )
    print("| cut-outs, side in px | usual recipe, ms | nanosieve, ms | times faster |")
    print("|---|---|---|---|")
    for settings in (config, large):
        ways = {
            "usual": lambda settings=settings: usual_cut_outs(particles, settings),
            "ours": lambda settings=settings: our_cut_outs(particles, settings),
        }
        our_cut_outs(some, settings)  # warms up
        found = ratios(ways, options.rounds)
        usual, (took, ratio) = found["usual"][0], found["ours"]
        print(f"| {settings.size} | {1000 * usual:.0f} | {1000 * took:.0f} | {ratio:.1f} |")

    scale = len(particles) / len(some)
    planes = usual_cut_outs(some, large)
    by_default, by_large = ours(config), ours(large)
    # these warm up
    answer, large_answer = usual_loop(network, planes), by_large.classify(some)
    by_default.classify(some)
    found = ratios(
        {
            "usual": lambda: usual_loop(network, planes),
            "default": lambda: by_default.classify(particles),
            "usual-size": lambda: by_large.classify(particles),
        },
        options.rounds,
    )
    print()
    print(
        f"usual loop timed on {len(some)} of the {len(particles)} cut-outs and scaled up by {scale:.2f}; "
        f"nanosieve computes in {str(by_default.dtype).removeprefix('torch.')}"
    )
    print("| classified by | s | times faster | peak memory of the process, MiB |")
    print("|---|---|---|---|")
    names = (
        f"usual loop, {USUAL_SIZE} px",
        f"nanosieve, {config.size} px",
        f"nanosieve, {USUAL_SIZE} px",
    )
    for name, way in zip(names, WAYS, strict=True):
        took, ratio = found[way]
        if way == "usual":
            print(f"| {name} | {scale * took:.1f} | 1.0 | {memory[way]} |")
        else:
            print(f"| {name} | {took:.1f} | {scale * ratio:.1f} | {memory[way]} |")
    if options.bundle:
        same = np.mean(answer.argmax(axis=1) == large_answer[:, :-1].argmax(axis=1))
        print(f"at {USUAL_SIZE} px both give {100 * same:.1f} % of these particles the same class")


if __name__ == "__main__":
    main()
