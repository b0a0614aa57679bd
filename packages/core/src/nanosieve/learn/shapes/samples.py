"""Cut-outs with their classes, from labelled and from simulated micrographs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nanosieve.kinds import Kind
from nanosieve.labelled import LabelledImage
from nanosieve.labels import at_frame
from nanosieve.learn.shapes.config import CROWDED, ShapeNetworkConfig
from nanosieve.learn.shapes.cutouts import CutOuts, cut_outs
from nanosieve.learn.simulated import FIRST_TRAINING_SEED
from nanosieve.matching import holding_several, match, overlap_of
from nanosieve.particles import Particles, cut_particles
from nanosieve.simulate import Simulated, crowded_settings, random_settings, simulate
from nanosieve.simulate.settings import (
    AGGLOMERATE,
    ODD_CLASSES,
    SE_CLASSES,
    STEM_CLASSES,
    ShapeClass,
)
from nanosieve.specs import Segmenter
from nanosieve.values import LabelImage, Micrograph, Segmentation

# Smaller ones get no shape, see `nanosieve.quality.Rules`.
LEAST_DIAMETER_PX = 12.0
# A simulated picture shows particles of these sizes, px: smaller ones are many, but show little.
DIAMETER_PX = (14.0, 90.0)
SIDE_PX = 640
# Share of pictures with shapes of none of the classes, if any.
WITH_OTHERS = 0.4
# In piles of half of the SE pictures particles sink into those that they lie on, at most so deep over their diameter.
MOST_SINTERED = 0.25
# Area of all particles over that of the picture.
LEAST_COVERED, MOST_COVERED = 0.08, 0.3
# A crystal that is less irregular is round within 5 %, and thus a sphere.
LEAST_IRREGULARITY = 0.04


@dataclass(frozen=True)
class Shapes:
    """Cut-outs and their classes.

    Attributes
    ----------
    cut_outs : shape (n, 1 or 2, size, size)
    classes : n names
    diameters_px : equivalent diameters, shape (n,)
    """

    cut_outs: CutOuts
    classes: tuple[str, ...]
    diameters_px: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Iterable[Shapes], config: ShapeNetworkConfig) -> Shapes:
        """All of several, in order; none is fine."""
        parts = list(parts)
        nothing = np.zeros((0, config.channels, config.size, config.size), np.uint8)
        return cls(
            np.concatenate([nothing, *(part.cut_outs for part in parts)]),
            tuple(name for part in parts for name in part.classes),
            np.concatenate([np.zeros(0), *(part.diameters_px for part in parts)]),
        )

    def called(self, name: str, instead_of: Collection[str]) -> Shapes:
        """The same, some classes under another name."""
        return replace(self, classes=tuple(name if each in instead_of else each for each in self.classes))

    def only(self, classes: Collection[str]) -> Shapes:
        """Those of some classes."""
        kept = [index for index, name in enumerate(self.classes) if name in classes]
        return Shapes(
            self.cut_outs[kept], tuple(self.classes[index] for index in kept), self.diameters_px[kept]
        )


def labelled_shapes(image: LabelledImage, config: ShapeNetworkConfig, left_out: Sequence[str] = ()) -> Shapes:
    """The particles of a labelled image that have a class, but for some classes."""
    particles = cut_particles(image.micrograph, Segmentation(labels=image.labels))
    chosen = sorted(label for label, name in image.classes.items() if name not in left_out)
    return shapes_of(
        particles.take(np.array(chosen, np.int64) - 1), [image.classes[label] for label in chosen], config
    )


def shapes_of(particles: Particles, classes: Sequence[str], config: ShapeNetworkConfig) -> Shapes:
    """Cut-outs of particles that are large enough to have a shape."""
    diameters = np.sqrt(4 / np.pi * particles.areas)
    large = np.flatnonzero(diameters >= LEAST_DIAMETER_PX)
    kept = particles.take(large)
    batches = [batch.copy() for batch in cut_outs(kept, **config.shown)]
    nothing = np.zeros((0, config.channels, config.size, config.size), np.uint8)
    return Shapes(
        np.concatenate([nothing, *batches]),
        tuple(classes[index] for index in large.tolist()),
        diameters[large],
    )


def simulated_shapes(
    kinds: Sequence[Kind],
    count: int,
    seed: int,
    segmenter: Segmenter,
    config: ShapeNetworkConfig,
    report: Callable[[int], None],
    others: Sequence[str] = (),
    crowded: float = CROWDED,
) -> list[Shapes]:
    """The particles that a segmenter finds in `count` simulated pictures, the kinds in turn, by picture.

    Some show `others` too, those of them that the simulator knows; in a share of `crowded` most particles lie in piles.
    """
    found: list[Shapes] = []
    for index in range(count):
        kind, number = kinds[index % len(kinds)], FIRST_TRAINING_SEED * (seed + 1) + index
        found.append(shapes_of(*simulated_particles(kind, number, segmenter, others, crowded), config))
        report(index + 1)
    return found


def simulated_particles(
    kind: Kind, seed: int, segmenter: Segmenter, others: Sequence[str] = (), crowded: float = CROWDED
) -> tuple[Particles, list[str]]:
    """The particles that a segmenter finds in one simulated picture, and the class of each."""
    picture = simulated_picture(kind, seed, [name for name in ODD_CLASSES if name in others], crowded)
    micrograph = Micrograph(
        pixels=picture.pixels.astype(np.float32) / np.float32(255),
        pixel_size_nm=(picture.pixel_size_nm, picture.pixel_size_nm),
        name=f"simulated/{picture.kind}_{picture.seed}",
        polarity=picture.polarity,
    )
    segmentation = segmenter.segment(micrograph)
    classes = found_classes(segmentation.labels, picture)
    chosen = sorted(classes)
    particles = cut_particles(micrograph, segmentation).take(np.array(chosen, np.int64) - 1)
    return particles, [classes[label] for label in chosen]


def simulated_picture(
    kind: Kind, seed: int, odd: Sequence[ShapeClass] = (), crowded: float = CROWDED
) -> Simulated:
    """A picture with settings drawn over wide ranges, of particles large enough to have a shape."""
    generator = np.random.default_rng(seed)
    if generator.random() < crowded:
        drawn = crowded_settings(generator, kind, height=SIDE_PX, width=SIDE_PX)
        # more particles would cost time and show no more
        update = {"coverage": min(drawn.coverage, MOST_COVERED)}
        if kind == "se":
            update["sintering"] = float(generator.choice([0.0, generator.uniform(0, MOST_SINTERED)]))
    else:
        drawn = random_settings(generator, kind, height=SIDE_PX, width=SIDE_PX)
        update = {"coverage": float(generator.uniform(LEAST_COVERED, MOST_COVERED))}
        if kind != "se":
            update["agglomerates"] = float(generator.uniform(0.05, 0.35))
    drawn = drawn.model_copy(update=update)
    diameter_px = float(np.exp(generator.uniform(*np.log(DIAMETER_PX))))
    classes = drawn.classes if generator.random() < 0.5 else {}
    if odd and generator.random() < WITH_OTHERS:
        mean = float(np.mean(list(classes.values()))) if classes else 1.0
        known = classes or (SE_CLASSES if kind == "se" else STEM_CLASSES)
        classes = {**known, **dict.fromkeys(odd, mean)}
    return simulate(
        kind,
        drawn.model_copy(
            update={
                "data_bar": False,
                "classes": classes,
                "irregularity": max(drawn.irregularity, LEAST_IRREGULARITY),
                "diameter_nm": diameter_px * drawn.pixel_size_nm,
                "dose": max(drawn.dose, 150.0),
                "noise": min(drawn.noise, 0.04),
            }
        ),
        seed,
    )


def found_classes(found: LabelImage, picture: Simulated) -> dict[int, str]:
    """Class of each particle that was found and is known; particles at the picture's edge are left out.

    What holds several particles is an agglomerate in transmission; in secondary electrons it counts as covered.
    """
    names = ["", *picture.particles["class"]]
    overlap = overlap_of(found, picture.labels)
    matches = match(overlap)
    classes = {
        label: names[true] for label, true in zip(matches.found.tolist(), matches.truth.tolist(), strict=True)
    }
    of_several = "covered" if picture.kind == "se" else AGGLOMERATE
    classes |= dict.fromkeys(holding_several(overlap).tolist(), of_several)
    cut = at_frame(found)
    return {label: name for label, name in classes.items() if not cut[label]}
