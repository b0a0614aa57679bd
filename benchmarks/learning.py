"""The experiments of Bals and Epple again, and the choices behind the models that ship, trained on as many patches.

python benchmarks/learning.py paper --patches 2400 --seeds 3
python benchmarks/learning.py encoders
python benchmarks/learning.py heads

Each variant is trained from random weights on the same number of patches with several seeds, and scored on images that
it never saw: validation papers of EMPS (bright on dark for SE, dark on bright for STEM) and simulated micrographs of
fresh seeds. Printed are mean and standard deviation over the seeds. Few patches rank variants under a small budget;
they say nothing about what each could reach. Beside other work set OMP_NUM_THREADS=1 and NUMBA_NUM_THREADS=1: the maps
`distance` and `intensity` otherwise give torch as many threads as there are cores.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nanosieve import Host
from nanosieve.evaluation import evaluate
from nanosieve.fitting import FitJob
from nanosieve.labelled import DataConfig, LabelledData, LabelledImage, SourceConfig
from nanosieve.labelled.data import find_data
from nanosieve.learn.simulated import FIRST_TRAINING_SEED, simulated_image
from nanosieve.loading import load_segmenter
from nanosieve.models import read_bundle
from nanosieve.options import configure
from nanosieve.recipes import train_model

CONTRAST = {"SE": "bright_on_dark", "STEM": "dark_on_bright"}
KIND = {"SE": "se", "STEM": "stem_bf"}
# known of all these images, so that no wrong guess blurs the comparison
POLARITY = {"SE": "bright", "STEM": "dark"}
# The learning rate falls over all of them; the only validation is at the end.
EPOCHS = 10
SCORES = {"iou": "IoU", "instance_f1": "instance F1", "rand_error": "Rand error"}
SMALL = {"second_head": "none"}
SLIM = {"decoder_channels": (128, 64, 48, 32, 16)}


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What is compared: a segmenter with its options, and options of training."""

    name: str
    plugin: str = "unetpp"
    model: Mapping[str, Any]
    training: Mapping[str, Any]


@dataclass(frozen=True)
class Simulated:
    """A simulated micrograph of a seed that training never uses."""

    kind: str
    seed: int
    source: str = "simulated"
    group: str = "simulated"

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.seed}"

    def load(self) -> LabelledImage:
        return simulated_image(self.kind, 640, self.seed)


EXPERIMENTS = {
    # as in the paper: no second head, cross-entropy only; with 64 filters, as of 2015, a processor takes hours
    "paper": [
        Variant(name="UNet 16 filters, distance", plugin="unet", model={**SMALL, "filters": 16}, training={}),
        *(
            Variant(name=f"UNet++, {name}", model=SMALL, training={"weight_map": name})
            for name in ("uniform", "distance", "intensity")
        ),
    ],
    "encoders": [
        Variant(name=name, model={"encoder": name, **SLIM}, training={"weight_map": "uniform", "dice": 0.5})
        for name in ("tu-regnetx_002", "tu-regnety_002", "mobilenet_v2", "resnet18")
    ],
    "heads": [
        Variant(name=name, model={"second_head": name}, training={"weight_map": "uniform", "dice": 0.5})
        for name in ("none", "depth", "depth_gap")
    ],
}


def learning_data(folder: Path, modality: str, host: Host) -> LabelledData:
    """EMPS of one contrast, divided by paper as for the models that ship."""
    source = SourceConfig(
        name="EMPS",
        images=folder / "emps" / "images",
        labels=folder / "emps" / "segmaps",
        table=folder / "emps" / "contrast.csv",
        group_column="doi",
        where={"contrast": CONTRAST[modality]},
        data_bar=False,
        polarity=POLARITY[modality],
    )
    return find_data(DataConfig(source=(source,)), host.readers)


def job_of(
    variant: Variant, data: LabelledData, folder: Path, modality: str, seed: int, options, host: Host
) -> FitJob:
    """What is to be trained."""
    spec = host.segmenters[variant.plugin]
    training = {
        "seed": seed,
        "epochs": EPOCHS,
        "patch": options.patch,
        "patches": max(1, options.patches // EPOCHS),
        "validate_every": EPOCHS,
        "validation_images": 4,
        # few patches, so small batches: a network needs some hundred steps to find particles at all
        "batch": 4,
        "optimizer": "adam",
        "learning_rate": 2e-3,
        "average": 0.98,
        "simulated": 0.5,
        "simulated_kinds": (KIND[modality],),
        "simulated_images": 16,
        "weight_map": "distance",
        **variant.training,
    }
    config = configure(spec.training, training, variant.name)
    weights = host.weight_maps[config.weight_map]
    return FitJob(
        name=variant.name,
        plugin=variant.plugin,
        plugin_version=host.segmenters.provider(variant.plugin).version,
        config=configure(spec.config, variant.model, variant.name),
        training=config,
        data=data,
        weigh=lambda labels, pixels: weights(labels, pixels),
        folder=folder,
    )


def scores_of(
    variant: Variant, modality: str, options, host: Host
) -> Iterator[tuple[str, list[dict[str, float]]]]:
    """For real and for simulated images the mean scores of each seed."""
    data = learning_data(options.data, modality, host)
    held_out = {
        "EMPS": data.of("validation")[: options.images],
        "simulated": [Simulated(KIND[modality], 1000 + number) for number in range(options.images)],
    }
    assert 1000 + options.images < FIRST_TRAINING_SEED
    found: dict[str, list[dict[str, float]]] = {name: [] for name in held_out}
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            job = job_of(variant, data, Path(folder), modality, seed, options, host)
            bundle = train_model(job, host, lambda progress: None)
            seconds = read_bundle(bundle).card.training.seconds
            # inside the guard and the rescaling, which would hide what a network does with small particles
            segmenter = load_segmenter(str(bundle), host).tool.segmenter.segmenter
            for name, entries in held_out.items():
                images = evaluate(entries, segmenter).images
                means = {score: float(images[score].mean()) for score in SCORES}
                found[name].append({**means, "seconds": seconds})
    yield from found.items()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with emps")
    parser.add_argument("--patches", type=int, default=2400, help="that each network sees")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--patch", type=int, default=128)
    parser.add_argument("--images", type=int, default=12, help="held-out images of each kind")
    parser.add_argument("--only", default="", help="variants whose names begin so")
    parser.add_argument("--modality", choices=CONTRAST, action="append")
    options = parser.parse_args()
    host = Host()
    print(
        f"{options.patches} patches of {options.patch} px each, {options.seeds} seeds, "
        f"{options.images} held-out images of each kind"
    )
    print(f"| data | images | variant | parameters, M | seconds | {' | '.join(SCORES.values())} |")
    print("|---" * (5 + len(SCORES)) + "|")
    for modality in options.modality or CONTRAST:
        for variant in EXPERIMENTS[options.experiment]:
            if not variant.name.startswith(options.only):
                continue
            size = parameters(variant, host)
            for images, seeds in scores_of(variant, modality, options, host):
                cells = [spread([each[score] for each in seeds]) for score in SCORES]
                seconds = f"{np.mean([each['seconds'] for each in seeds]):.0f}"
                row = [modality, images, variant.name, f"{size:.1f}", seconds, *cells]
                print(f"| {' | '.join(row)} |", flush=True)


def parameters(variant: Variant, host: Host) -> float:
    """Million numbers that are learnt."""
    from nanosieve_segmenters.unet import network as unet
    from nanosieve_segmenters.unetpp import network as unetpp

    config = configure(host.segmenters[variant.plugin].config, variant.model, variant.name)
    network = {"unet": unet, "unetpp": unetpp}[variant.plugin].make_network(config)
    return sum(weights.numel() for weights in network.parameters()) / 1e6


def spread(values: list[float]) -> str:
    """Mean, and the standard deviation where there are several."""
    return f"{np.mean(values):.3f}" + (f" ({np.std(values, ddof=1):.3f})" if len(values) > 1 else "")


if __name__ == "__main__":
    main()
