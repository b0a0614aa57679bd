"""Simulated micrographs to train on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from nanosieve.grey import to_grey
from nanosieve.kinds import Kind
from nanosieve.labelled import LabelledImage
from nanosieve.learn.samples import Sample, WeightMap, make_sample
from nanosieve.simulate import SimulationSettings, crowded_settings, random_settings, simulate
from nanosieve.values import Micrograph

# Seeds below this are left to evaluation, so that a simulated test picture was never trained on.
FIRST_TRAINING_SEED = 1_000_000
SOURCE = "simulated"
# Share of pictures in which most particles lie in piles.
CROWDED = 0.5


def simulated_samples(
    kinds: Sequence[Kind],
    count: int,
    side: int,
    seed: int,
    weigh: WeightMap,
    report: Callable[[int], None] = lambda done: None,
) -> list[Sample]:
    """Samples of `count` pictures of side `side`, the kinds in turn."""
    samples: list[Sample] = []
    with ThreadPoolExecutor() as pool:
        jobs = (
            (kinds[index % len(kinds)], side, FIRST_TRAINING_SEED * (seed + 1) + index)
            for index in range(count)
        )
        for sample in pool.map(lambda job: make_sample(simulated_image(*job), weigh), jobs):
            samples.append(sample)
            report(len(samples))
    return samples


def simulated_image(kind: Kind, side: int, seed: int) -> LabelledImage:
    """One picture with all settings drawn over wide ranges, half of them of piles."""
    generator = np.random.default_rng(seed)
    draw = crowded_settings if generator.random() < CROWDED else random_settings
    return labelled_picture(kind, draw(generator, kind, height=side, width=side), seed)


def labelled_picture(kind: Kind, drawn: SimulationSettings, seed: int) -> LabelledImage:
    """One picture with given settings, without a data bar."""
    picture = simulate(kind, drawn.model_copy(update={"data_bar": False}), seed)
    side_nm = picture.pixel_size_nm
    return LabelledImage(
        micrograph=Micrograph(
            pixels=to_grey(picture.pixels)[0],
            pixel_size_nm=(side_nm, side_nm),
            name=f"{SOURCE}/{kind}_{seed}",
            polarity=picture.polarity,
        ),
        labels=picture.labels,
        name=f"{SOURCE}/{kind}_{seed}",
        source=SOURCE,
        group=str(seed),
    )
