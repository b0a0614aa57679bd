"""What the beam meets where: the particle on top, its height and tilt, and all thickness on the way.

A pixel that lies wholly in, or wholly beside, each particle is sampled once, in its centre. A pixel on some outline is
sampled on a fine grid. Coverage is exact wherever one particle alone meets the pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nanosieve.simulate.particle import Part
from nanosieve.simulate.placing import Placed
from nanosieve.simulate.polygons import Patch, covered_share
from nanosieve.simulate.solids import FloatArray
from nanosieve.values import FloatImage, LabelImage

FINE = 4  # samples along each side of a pixel on an outline
# In transmission one of two particles that overlap is seen to have the common part if it is so many times as dark.
CLEARLY_DARKER = 1.5
Indices = NDArray[np.int64]
T = TypeVar("T", bound=np.generic)


class Samples:
    """Where a picture is sampled: first all pixels in order, then the fine samples of those on an outline.

    Parameters
    ----------
    on_outline : ndarray of shape (H, W), bool
    """

    def __init__(self, on_outline: NDArray[np.bool_]) -> None:
        self.shape: tuple[int, int] = (on_outline.shape[0], on_outline.shape[1])
        self.fine = np.flatnonzero(on_outline)
        self._number = np.full(on_outline.size, -1, np.int64)
        self._number[self.fine] = np.arange(len(self.fine))
        steps = (np.arange(FINE) + 0.5) / FINE - 0.5
        self._dy, self._dx = (values.ravel() for values in np.meshgrid(steps, steps, indexing="ij"))
        self.count = on_outline.size + len(self.fine) * FINE**2

    def of(self, patch: Patch) -> tuple[Indices, FloatArray, FloatArray]:
        """Numbers and positions (x, y) of the samples in the pixels that a patch meets."""
        rows, columns = np.nonzero(patch.values)
        rows, columns = rows + patch.y0, columns + patch.x0
        pixels = rows * self.shape[1] + columns
        number = self._number[pixels]
        split = number >= 0
        within = np.arange(FINE**2)
        fine = (self.shape[0] * self.shape[1] + number[split, None] * FINE**2 + within).ravel()
        plain = ~split
        return (
            np.concatenate([pixels[plain], fine]),
            np.concatenate([columns[plain].astype(float), (columns[split, None] + self._dx).ravel()]),
            np.concatenate([rows[plain].astype(float), (rows[split, None] + self._dy).ravel()]),
        )

    @property
    def areas(self) -> FloatArray:
        """What each sample stands for, px^2: a pixel on an outline is shared among its fine samples."""
        areas = np.full(self.count, 1 / FINE**2)
        areas[: self._number.size] = 1
        areas[self.fine] = 0
        return areas

    def spread(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """The values of an image at all samples."""
        flat = image.ravel()
        return np.concatenate([flat, np.repeat(flat[self.fine], FINE**2)])

    def gather(self, values: NDArray[np.float32]) -> FloatImage:
        """The mean over each pixel, shape (H, W)."""
        pixels = self._number.size
        image = values[:pixels].astype(np.float32)
        image[self.fine] = self.split(values).mean(axis=1)
        return image.reshape(self.shape)

    def split(self, values: NDArray[T]) -> NDArray[T]:
        """The fine samples, one row of FINE x FINE for each pixel on an outline."""
        return values[self._number.size :].reshape(-1, FINE**2)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The specimen as the beam meets it; arrays of shape (samples,) follow `Samples`.

    Attributes
    ----------
    owner : index of the particle on top, -1 on the ground
    top : height of what is on top, px (SE)
    normal : unit normal of what is on top, shape (3, samples) (SE)
    edge_distance : to the nearest edge of the particle on top, px (SE)
    depth : thickness times absorption of all particles on the way, px (STEM)
    shell : the same of their shells (STEM)
    labels : ndarray of shape (H, W), int32: 1 + index of the particle that shows most in a pixel, 0 where less than
        half of it is covered
    coverage : ndarray of shape (H, W), float32: covered share of each pixel
    visible, full : area of each particle that shows, and that its outline has, within the picture, px^2; in STEM all
        shows but what it shares with particles that are not `CLEARLY_DARKER` times fainter
    """

    samples: Samples
    owner: NDArray[np.int32]
    top: NDArray[np.float32]
    normal: NDArray[np.float32]
    edge_distance: NDArray[np.float32]
    depth: NDArray[np.float32]
    shell: NDArray[np.float32]
    labels: LabelImage
    coverage: FloatImage
    visible: FloatArray
    full: FloatArray


def build_scene(
    placed: Sequence[Placed], ground: FloatImage, *, scanning: bool, coating: float = 0.0
) -> Scene:
    """Look at all particles from above.

    Parameters
    ----------
    ground : ndarray of shape (H, W), height in px
    scanning : particles hide what lies below; else they shine through, and of those that overlap the one that dims
        the beam most, on average over its area, has the label: nothing in a picture tells which one lies on top
    coating : thickness of shells over the radius
    """
    patches = [covered_share(each.outline, ground.shape) for each in placed]
    met = np.zeros(ground.shape, np.int32)
    on_outline = np.zeros(ground.shape, bool)
    for patch in patches:
        met[patch.slices] += patch.values > 0
        on_outline[patch.slices] |= (patch.values > 0) & (patch.values < 1)
    samples = Samples(on_outline)
    owner = np.full(samples.count, -1, np.int32)
    highest = np.full(samples.count, -np.inf)
    normal, edge = np.zeros((3, samples.count), np.float32), np.zeros(samples.count, np.float32)
    normal[2] = 1
    depth, shell = np.zeros(samples.count, np.float32), np.zeros(samples.count, np.float32)
    shared = np.zeros(len(placed))
    if scanning:
        for index, (each, patch) in enumerate(zip(placed, patches, strict=True)):
            for part in each.particle.parts:
                numbers, x, y, (_, upper) = _met(part, each, patch, samples)
                shows = upper + each.z > highest[numbers]
                numbers = numbers[shows]
                highest[numbers] = upper[shows] + each.z
                owner[numbers] = index
                surface = part.solid.surface(x[shows], y[shows])
                normal[:, numbers] = surface[:3]
                edge[numbers] = surface.edge_distance
    else:
        shared = _shine_through(depth, owner, placed, patches, samples)
        if coating:
            _add_shells(shell, placed, samples, ground.shape, coating)
    top = np.where(owner >= 0, highest, samples.spread(ground)).astype(np.float32)
    labels, coverage, visible = _answer(samples, owner, met, patches)
    full = np.array([float(patch.values.sum(dtype=np.float64)) for patch in patches])
    return Scene(
        samples=samples,
        owner=owner,
        top=top,
        normal=normal,
        edge_distance=edge,
        depth=depth,
        shell=shell,
        labels=labels,
        coverage=coverage,
        visible=visible if scanning else full - shared,
        full=full,
    )


def _met(
    part: Part, each: Placed, patch: Patch, samples: Samples
) -> tuple[Indices, FloatArray, FloatArray, tuple[FloatArray, FloatArray]]:
    """The samples that meet a body: numbers, positions about its centre, its lower and upper heights there."""
    numbers, x, y = samples.of(patch)
    x, y = x - each.x - part.x, y - each.y - part.y
    inside = part.solid.inside(x, y) > 0
    numbers, x, y = numbers[inside], x[inside], y[inside]
    return numbers, x, y, part.solid.heights(x, y)


def _shine_through(
    depth: NDArray[np.float32],
    owner: NDArray[np.int32],
    placed: Sequence[Placed],
    patches: Sequence[Patch],
    samples: Samples,
) -> FloatArray:
    """Add up thickness times absorption of all particles; each sample is owned by the darkest of those it meets.

    Returned is how much of each particle is shared with others that are not clearly fainter, px^2.
    """
    areas = samples.areas
    darkness = np.zeros(len(placed))
    met: list[Indices] = []
    for index, (each, patch) in enumerate(zip(placed, patches, strict=True)):
        found = []
        for part in each.particle.parts:
            numbers, _, _, (lower, upper) = _met(part, each, patch, samples)
            own = (upper - lower) * each.particle.strength
            depth[numbers] += own.astype(np.float32)
            darkness[index] += float(own @ areas[numbers])
            found.append(numbers)
        met.append(np.unique(np.concatenate(found)))
        darkness[index] /= max(float(areas[met[-1]].sum()), 1.0)
    second = np.zeros(samples.count)
    for index in np.argsort(darkness, kind="stable").tolist():
        numbers = met[index]
        second[numbers] = np.where(owner[numbers] >= 0, darkness[owner[numbers]], 0)
        owner[numbers] = index
    rivals = [
        np.where(owner[numbers] == index, second[numbers], darkness[owner[numbers]])
        for index, numbers in enumerate(met)
    ]
    return np.array(
        [
            float(areas[numbers] @ (CLEARLY_DARKER * rival > own))
            for numbers, rival, own in zip(met, rivals, darkness, strict=True)
        ]
    )


def _add_shells(
    shell: NDArray[np.float32],
    placed: Sequence[Placed],
    samples: Samples,
    shape: tuple[int, int],
    coating: float,
) -> None:
    """Thickness of larger copies of the bodies, less the bodies."""
    for each in placed:
        for part in each.particle.parts:
            centre = np.array([each.x + part.x, each.y + part.y])
            larger = part.solid.scaled(1 + coating)
            numbers, x, y = samples.of(covered_share(larger.outline + centre, shape))
            x, y = x - centre[0], y - centre[1]
            thickness = -np.subtract(*larger.heights(x, y)) + np.subtract(*part.solid.heights(x, y))
            shell[numbers] += (np.maximum(thickness, 0) * each.particle.strength).astype(np.float32)


def _answer(
    samples: Samples, owner: NDArray[np.int32], met: NDArray[np.int32], patches: Sequence[Patch]
) -> tuple[LabelImage, FloatImage, FloatArray]:
    """Labels and coverage of the pixels, and visible areas of the particles."""
    labels = np.asarray(owner[: met.size] + 1, np.int32)
    coverage = (labels > 0).astype(np.float32)
    most = _most_frequent(samples.split(owner))
    covered = (samples.split(owner) >= 0).mean(axis=1, dtype=np.float32)
    labels[samples.fine] = np.where(covered >= 0.5, most + 1, 0)
    coverage[samples.fine] = covered
    labels, coverage = labels.reshape(samples.shape), coverage.reshape(samples.shape)
    weights = samples.areas
    # where one particle alone meets a pixel the exact share replaces the samples'
    alone = np.repeat(met.ravel()[samples.fine] == 1, FINE**2)
    weights[met.size :][alone] = 0
    visible: FloatArray = np.bincount(owner + 1, weights, len(patches) + 1)[1:].astype(np.float64)
    for index, patch in enumerate(patches):
        only = (met[patch.slices] == 1) & (patch.values > 0) & (patch.values < 1)
        coverage[patch.slices][only] = patch.values[only]
        labels[patch.slices][only] = np.where(patch.values[only] >= 0.5, index + 1, 0)
        visible[index] += patch.values[only].sum(dtype=np.float64)
    return labels, coverage, visible


def _most_frequent(owners: NDArray[np.int32]) -> NDArray[np.int32]:
    """The particle with most samples in each row; -1 where there is none."""
    best = np.full(len(owners), -1, np.int32)
    count = np.zeros(len(owners), np.int32)
    for column in owners.T:
        same = (owners == column[:, None]).sum(axis=1)
        better = (same > count) & (column >= 0)
        best[better], count[better] = column[better], same[better]
    return best
