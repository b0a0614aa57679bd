"""How far golden outputs of the shipped models differ between number formats, threads and devices.

python benchmarks/golden.py

From this the tolerance of `nanosieve_registry.exchange.manifest.Tolerance` is chosen.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from safetensors import numpy as tensors

from nanosieve import Context, Host
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.models import Bundle, read_bundle
from nanosieve.options import configure
from nanosieve.specs import resolve
from nanosieve_registry.exchange.golden import (
    FOREGROUND,
    LABELS,
    PROBABILITIES,
    TRUTH,
    answer,
    compare,
    make_golden,
)
from nanosieve_registry.shipped import shipped_models

HOST = Host()
# Weights that learnt something else, made by adding noise of this share of each tensor's spread.
OTHER = (0.01, 0.03, 0.1, 0.3)


def tool(bundle: Bundle, precision: str, device: str) -> GuardedSegmenter | GuardedClassifier:
    """The segmenter or classifier of a bundle in one number format on one device."""
    card = bundle.card
    spec = (HOST.segmenters if card.kind == "segmenter" else HOST.classifiers)[card.plugin]
    config = configure(spec.config, {**card.config, "precision": precision}, spec.name)
    built = resolve(spec.build)(
        Context(
            config=config,
            weights=bundle.weights,
            device=device,
            classes=card.classes,
            calibration=card.calibration,
        )
    )
    return GuardedSegmenter(built, "x") if card.kind == "segmenter" else GuardedClassifier(built, "x")


def disturbed(
    guarded: GuardedSegmenter | GuardedClassifier, share: float
) -> GuardedSegmenter | GuardedClassifier:
    """The same with noise on every weight."""
    generator = torch.Generator().manual_seed(0)
    built = guarded.segmenter if isinstance(guarded, GuardedSegmenter) else guarded.classifier
    with torch.no_grad():
        for value in built.network.parameters():
            if value.numel() > 1:
                value += share * value.std() * torch.randn(value.shape, generator=generator).to(value.dtype)
    return guarded


def main() -> None:
    """Print the table."""
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    for name, folder in shipped_models().items():
        bundle = read_bundle(folder)
        torch.set_num_threads(1)
        reference = tool(bundle, "float32", "cpu")
        wanted = tensors.load(make_golden(reference))
        labels = wanted.get(LABELS, wanted.get(TRUTH))
        print(f"\n{name}: {labels.max()} particles in {labels.shape}, against float32, 1 thread, cpu")
        print(f"{'':40s} {'mean |dp|':>10s} {'max |dp|':>10s} {'pixels':>10s} {'particles':>10s}")
        for device, precision, threads in product(devices, ("float32", "bfloat16"), (1, 2)):
            torch.set_num_threads(threads)
            found = answer(tool(bundle, precision, device), wanted)
            show(f"{device}, {precision}, {threads} threads", wanted, found)
        torch.set_num_threads(1)
        for share in OTHER:
            found = answer(disturbed(tool(bundle, "float32", "cpu"), share), wanted)
            show(f"weights with {share:.0%} noise", wanted, found)


def show(what: str, wanted: dict, found: dict) -> None:
    """One line of the table."""
    difference = compare(wanted, found)
    probabilities = FOREGROUND if FOREGROUND in found else PROBABILITIES
    largest = np.abs(found[probabilities].astype(float) - wanted[probabilities]).max()
    # a classifier answers for particles that it is given
    count = found[LABELS].max() if LABELS in found else len(found[probabilities])
    print(f"{what:40s} {difference.mean:10.2e} {largest:10.2e} {difference.share:10.2e} {count:10d}")


if __name__ == "__main__":
    main()
