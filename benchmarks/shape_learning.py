"""Networks for shapes, and what their cut-outs show, trained from random weights on as many cut-outs.

python benchmarks/shape_learning.py networks
python benchmarks/shape_learning.py sizes --modality SE
python benchmarks/shape_learning.py channels --modality STEM

What cut-outs show is tried with the network that ships for the modality. Each variant learns with several seeds from
particles of EMPS and from simulated ones as the segmenter `auto` finds them, and is scored on particles that it never
saw: of validation papers of EMPS, and of simulated pictures of other seeds. Printed are mean and standard deviation
over the seeds of the balanced accuracy of the likeliest class, the share of simulated agglomerates and covered
particles that are called so, the time of training, and the time to classify over that of the first variant, in the
precision that the classifiers take, by turns. Few cut-outs rank variants under a small budget; they say nothing about
what each could reach.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import nn

from nanosieve import Host
from nanosieve.fitting import FitJob
from nanosieve.labelled import LabelledData, LabelledImage, load_all, read_data
from nanosieve.learn.device import pick_precision
from nanosieve.learn.folding import fold_batch_norms
from nanosieve.learn.learnt import learnt_from
from nanosieve.learn.shapes.config import ShapeNetworkConfig, ShapeTrainingConfig
from nanosieve.learn.shapes.network_classifier import answers_of
from nanosieve.learn.shapes.samples import Shapes, labelled_shapes, shapes_of, simulated_particles
from nanosieve.learn.shapes.shape_set import ShapeSet
from nanosieve.learn.shapes.task import ShapeTask
from nanosieve.learn.simulated import FIRST_TRAINING_SEED
from nanosieve.learn.training import train
from nanosieve.loading import load_segmenter
from nanosieve.options import configure
from nanosieve.particles import Particles
from nanosieve.quality import UNKNOWN
from nanosieve.specs import resolve
from nanosieve_classifiers.resnet34.network import TimmNetwork

DATA = {"SE": Path("registry/recipes/shapes_se.toml"), "STEM": Path("registry/recipes/shapes_stem.toml")}
KINDS = {"SE": ("se",), "STEM": ("stem_bf", "stem_df")}
SHIPPED = "shipped"
EXCLUDED = ("covered", "agglomerate")
OTHERS = ("other", "cross", "screw", "debris")
# The learning rate falls over all of them; the only validation is at the end.
EPOCHS = 10
CPU = torch.device("cpu")
# For the time to classify.
AT_ONCE, ROUNDS = 256, 5


@dataclass(frozen=True)
class Variant:
    """What is compared: a classifier or a network of timm by its name, with options and its learning rate.

    `SHIPPED` stands for the classifier that ships for the modality.
    """

    name: str
    plugin: str | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    learning_rate: float = 1e-3

    def of(self, modality: str) -> Variant:
        """The same, with the classifier that is meant."""
        if self.plugin != SHIPPED:
            return self
        plugin, learning_rate = {"SE": ("resnet34", 1e-3), "STEM": ("alexnet", 5e-4)}[modality]
        return replace(self, plugin=plugin, learning_rate=learning_rate)


EXPERIMENTS = {
    "networks": [
        Variant("resnet34", "resnet34"),
        Variant("alexnet", "alexnet", learning_rate=5e-4),
        *(Variant(name) for name in ("resnet10t", "regnetx_002", "mobilenetv3_small_100", "convnext_atto")),
    ],
    "sizes": [Variant(f"{size} px", SHIPPED, {"size": size}) for size in (64, 32, 96)],
    "channels": [
        Variant("grey and mask", SHIPPED),
        Variant("grey, as in the paper", SHIPPED, {"mask": False}),
        Variant("grey, mask and neighbours", SHIPPED, {"neighbours": True}),
    ],
}
# As in the recipes: what covers a particle is seen.
MARGIN = {"margin": 0.2}


@dataclass(frozen=True)
class Pictures:
    """Labelled images, and the particles found in simulated ones with their classes, for any size of cut-outs."""

    data: LabelledData
    train: list[LabelledImage]
    validation: list[LabelledImage]
    simulated: list[tuple[Particles, list[str]]]
    fresh: list[tuple[Particles, list[str]]]

    def shape_set(self, config: ShapeNetworkConfig) -> tuple[ShapeSet, Shapes, Shapes]:
        """What is learnt from, and the labelled and the simulated particles that are scored."""
        train = self._labelled(self.train, config)
        simulated = self._found(self.simulated, config)
        classes = sorted({*train.classes, *simulated.classes}, key=lambda name: (name == UNKNOWN, name))
        held_out = self._labelled(self.validation, config).only(classes)
        shape_set = ShapeSet(
            classes=tuple(classes),
            train=train,
            simulated=simulated,
            validation=held_out,
            labelled=len(held_out.classes),
            learnt=learnt_from(
                self.data.of("train"), self.train, self.data.of("validation"), train.diameters_px
            ),
        )
        return shape_set, held_out, self._found(self.fresh, config).only(classes)

    def _labelled(self, images: list[LabelledImage], config: ShapeNetworkConfig) -> Shapes:
        return Shapes.joined((labelled_shapes(image, config) for image in images), config).called(
            UNKNOWN, OTHERS
        )

    def _found(self, pictures: list[tuple[Particles, list[str]]], config: ShapeNetworkConfig) -> Shapes:
        return Shapes.joined((shapes_of(*each, config) for each in pictures), config).called(UNKNOWN, OTHERS)


def pictures_of(modality: str, options: argparse.Namespace, host: Host) -> Pictures:
    """Load and simulate."""
    data = read_data(DATA[modality], host.readers)
    segmenter = load_segmenter(options.segmenter, host).tool
    kinds = KINDS[modality]

    def simulate(count: int, first: int) -> list[tuple[Particles, list[str]]]:
        return [
            simulated_particles(kinds[n % len(kinds)], first + n, segmenter, OTHERS) for n in range(count)
        ]

    assert options.fresh < FIRST_TRAINING_SEED
    return Pictures(
        data=data,
        train=load_all(data.of("train"), lambda done, name: None),
        validation=load_all(data.of("validation"), lambda done, name: None),
        simulated=simulate(options.pictures, FIRST_TRAINING_SEED * 90),
        fresh=simulate(options.pictures // 3, options.fresh),
    )


def make(variant: Variant, host: Host) -> tuple[ShapeNetworkConfig, Any]:
    """Options, and (channels of them, number of classes) -> network."""
    if variant.plugin is None:
        config = ShapeNetworkConfig(**MARGIN, **variant.model)
        return config, lambda config, classes: TimmNetwork(variant.name, config.channels, classes)
    spec = host.classifiers[variant.plugin]
    return configure(spec.config, {**MARGIN, **variant.model}, variant.name), resolve(spec.network)


def job_of(
    variant: Variant, config: ShapeNetworkConfig, data: LabelledData, folder: Path, seed: int, items: int
):
    """What is to be trained."""
    training = ShapeTrainingConfig(
        seed=seed,
        epochs=EPOCHS,
        items=max(1, items // EPOCHS),
        validate_every=EPOCHS,
        batch=32,
        optimizer="adamw",
        weight_decay=0.02,
        learning_rate=variant.learning_rate,
        average=0.98,
        simulated=0.6,
        others=OTHERS,
    )
    return FitJob(
        name=variant.name,
        plugin=variant.plugin or variant.name,
        plugin_version="0",
        config=config,
        training=training,
        data=data,
        folder=folder,
    )


def answers(network: nn.Module, shapes: Shapes, classes: tuple[str, ...]) -> list[str]:
    """The likeliest class of each cut-out."""
    parts = [
        answers_of(network, shapes.cut_outs[start : start + AT_ONCE], CPU, torch.float32)[0].argmax(dim=1)
        for start in range(0, len(shapes.classes), AT_ONCE)
    ]
    return [classes[number] for number in torch.cat(parts).tolist()]


def balanced_accuracy(said: list[str], truth: tuple[str, ...]) -> float:
    """Mean over the classes of the share that is right."""
    right = np.array([one == other for one, other in zip(said, truth, strict=True)])
    return float(np.mean([right[np.array(truth) == name].mean() for name in set(truth)]))


def excluded_share(said: list[str], truth: tuple[str, ...]) -> float:
    """Share of the covered ones and agglomerates that are called one of both."""
    return float(
        np.mean([one in EXCLUDED for one, other in zip(said, truth, strict=True) if other in EXCLUDED])
    )


def slowness(first: tuple[nn.Module, Shapes], own: tuple[nn.Module, Shapes]) -> float:
    """Time to classify over that of the first variant, median of turns."""
    precision = pick_precision("auto", CPU)
    ratios = []
    networks = [(network.to(CPU, precision), shapes.cut_outs[:AT_ONCE]) for network, shapes in (first, own)]
    for turn in range(ROUNDS + 1):
        took = []
        for network, cut_outs in networks:
            start = time.perf_counter()
            answers_of(network, cut_outs, CPU, precision)
            took.append(time.perf_counter() - start)
        if turn:  # the first warms up
            ratios.append(took[1] / took[0])
    return median(ratios)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--items", type=int, default=12_000, help="cut-outs that each network sees")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--pictures", type=int, default=60, help="simulated ones to learn from")
    parser.add_argument("--fresh", type=int, default=2000, help="first seed of those that are scored")
    parser.add_argument("--segmenter", default="auto", help="finds the simulated particles")
    parser.add_argument("--only", default="", help="variants whose names begin so")
    parser.add_argument("--modality", choices=DATA, action="append")
    options = parser.parse_args()
    host = Host()
    for modality in options.modality or DATA:
        pictures = pictures_of(modality, options, host)
        first: tuple[nn.Module, Shapes] | None = None
        for variant in (each.of(modality) for each in EXPERIMENTS[options.experiment]):
            if not variant.name.startswith(options.only):
                continue
            config, make_network = make(variant, host)
            shape_set, *held_out = pictures.shape_set(config)
            if first is None:
                counts = " and ".join(str(len(shapes.classes)) for shapes in held_out)
                print(
                    f"{modality}: {options.items} cut-outs, {options.seeds} seeds, scored on {counts} particles of "
                    f"EMPS and simulated, classes {', '.join(shape_set.classes)}"
                )
                print(
                    "| network | parameters, M | trained, s | EMPS | simulated | excluded, simulated | "
                    "time to classify |"
                )
                print("|---|---|---|---|---|---|---|")
            found: list[tuple[float, float, float, float]] = []
            for seed in range(options.seeds):
                torch.manual_seed(seed)
                network = make_network(config, len(shape_set.classes))
                with tempfile.TemporaryDirectory() as folder:
                    job = job_of(variant, config, pictures.data, Path(folder), seed, options.items)
                    trained = train(network, ShapeTask(shape_set, job.training), job)
                assert trained is not None
                network.load_state_dict(trained.weights)
                network.eval()
                said = [answers(network, shapes, shape_set.classes) for shapes in held_out]
                real, simulated = (
                    balanced_accuracy(each, shapes.classes)
                    for each, shapes in zip(said, held_out, strict=True)
                )
                excluded = excluded_share(said[1], held_out[1].classes)
                found.append((trained.state.seconds, real, simulated, excluded))
            size = sum(weights.numel() for weights in network.parameters()) / 1e6
            fold_batch_norms(network)
            first = first or (network, held_out[0])
            seconds, *scores = zip(*found, strict=True)
            print(
                f"| {variant.name} | {size:.1f} | {np.mean(seconds):.0f} | {' | '.join(map(spread, scores))} | "
                f"{slowness(first, (network, held_out[0])):.2f} |",
                flush=True,
            )


def spread(values: tuple[float, ...]) -> str:
    """Mean, and the standard deviation where there are several."""
    return f"{np.mean(values):.3f}" + (f" ({np.std(values, ddof=1):.3f})" if len(values) > 1 else "")


if __name__ == "__main__":
    main()
