"""Contract checks for plugin authors: one line a plugin, the same that the plugins of nanosieve pass.

    from nanosieve.testing import check_measure
    check_measure(spec)

Each raises `AssertionError` that names the clause that was broken, and the input that broke it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nanosieve.guards import probabilities_problem, segmentation_problem
from nanosieve.measuring import compute
from nanosieve.particles import Particles, cut_particles
from nanosieve.specs import ClassifierSpec, Config, Context, Measure, SegmenterSpec, WeightMapSpec, resolve
from nanosieve.values import FloatImage, LabelImage, Micrograph, Segmentation

MAGNIFICATION = 4
CORNERS = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}
# An outline of pixels changes a little when its pixels do: what is measured may change by so much of itself,
RELATIVE = 0.06
# and by so much in px, or, of a ratio, by so much.
ABSOLUTE = 0.25
# Turning and mirroring move no pixel's centre off the grid: only rounding may differ.
EXACT = 1e-3


def check_segmenter(
    spec: SegmenterSpec, device: str = "cpu", *, config: Config | None = None, weights: Path | None = None
) -> None:
    """Any size, labels without gaps, a foreground within [0, 1], the same answer twice, the image left alone.

    Parameters
    ----------
    config : options, the defaults unless given
    weights : of a model, for a segmenter that needs one
    """
    context = Context(config=config or spec.config(), weights=weights, device=device)
    segmenter = resolve(spec.build)(context)
    for what, pixels in _pictures():
        micrograph = Micrograph(pixels=pixels.copy(), name=what)
        first = segmenter.segment(micrograph)
        problem = segmentation_problem(first, micrograph.shape)
        _require(problem is None, spec.name, what, problem or "")
        _require(np.array_equal(micrograph.pixels, pixels), spec.name, what, "the image was changed")
        second = segmenter.segment(micrograph)
        same = np.array_equal(first.labels, second.labels)
        _require(same, spec.name, what, "the same image gave other labels the second time")


def check_weight_map(spec: WeightMapSpec) -> None:
    """Finite, not negative, as large as the image; without particles too; labels and pixels left alone."""
    for what, labels, pixels in _labelled():
        kept_labels, kept_pixels = labels.copy(), pixels.copy()
        weights = spec(labels, pixels)
        shaped = isinstance(weights, np.ndarray) and weights.shape == labels.shape
        _require(shaped, spec.name, what, f"the map must be an array of shape {labels.shape}")
        _require(
            weights.dtype == np.float32, spec.name, what, f"the map must be float32, not {weights.dtype}"
        )
        _require(bool(np.isfinite(weights).all()), spec.name, what, "weights must be finite")
        _require(
            bool((weights >= 0).all()),
            spec.name,
            what,
            f"weights must be >= 0, the lowest is {weights.min()}",
        )
        unchanged = np.array_equal(labels, kept_labels) and np.array_equal(pixels, kept_pixels)
        _require(unchanged, spec.name, what, "labels or pixels were changed")


def check_classifier(spec: ClassifierSpec, device: str = "cpu") -> None:
    """Rows sum to 1; order and company of particles do not matter; no particles are fine."""
    classifier = resolve(spec.build)(Context(config=spec.config(), device=device))
    classes = tuple(classifier.classes)
    distinct = len(set(classes)) == len(classes) > 0
    _require(distinct, spec.name, "classes", f"the names of the classes must differ: {classes}")
    particles = _some_particles()
    everything = classifier.classify(particles)
    problem = probabilities_problem(everything, (len(particles), len(classes)))
    _require(problem is None, spec.name, "several particles", problem or "")
    backwards = np.arange(len(particles))[::-1]
    turned = classifier.classify(particles.take(backwards))
    same = np.allclose(turned, everything[backwards], atol=EXACT)
    _require(same, spec.name, "particles in another order", "the order of particles must not matter")
    alone = classifier.classify(particles.take([1]))
    same = np.allclose(alone[0], everything[1], atol=EXACT)
    _require(same, spec.name, "one particle alone", "the company of a particle must not matter")
    nothing = classifier.classify(particles.take([]))
    problem = probabilities_problem(nothing, (0, len(classes)))
    _require(problem is None, spec.name, "no particles", problem or "")


def check_measure(measure: Measure) -> None:
    """The declared dimension and range; moving, mirroring and turning change nothing; one pixel does not raise.

    Measures of the group ``"position"`` move with the particle and are only asked for their range and dimension.
    """
    mask = _mask_for(measure)
    plain = _measured(measure, mask)
    for what, change in _changes():
        if measure.group == "position":
            break
        changed = _measured(measure, change(mask))
        _require_close(measure, what, changed, plain, EXACT, EXACT)
    large = _measured(measure, np.kron(mask, np.ones((MAGNIFICATION, MAGNIFICATION), np.int32)))
    wanted = plain * MAGNIFICATION**measure.dimension
    # the centre of the first pixel does not move when its corner stands still
    shift = (MAGNIFICATION - 1) / 2 if measure.group == "position" else 0
    slack = ABSOLUTE * MAGNIFICATION if measure.dimension else ABSOLUTE / MAGNIFICATION
    _require_close(measure, f"a mask magnified {MAGNIFICATION} times", large, wanted + shift, RELATIVE, slack)
    for what, small in (
        ("one pixel", np.pad(np.ones((1, 1), np.int32), 2)),
        ("a picture that is all particle", np.ones((5, 7), np.int32)),
        ("a picture of one pixel", np.ones((1, 1), np.int32)),
    ):
        _measured(measure, small, what)
    empty = _measured(measure, np.zeros((8, 8), np.int32))
    _require(empty.shape == (0,), measure.name, "no particles", f"the shape must be (0,), not {empty.shape}")


def _require(holds: bool, name: str, what: str, clause: str) -> None:
    if not holds:
        raise AssertionError(f"{name!r} breaks its contract with {what}: {clause}")


def _require_close(
    measure: Measure,
    what: str,
    found: NDArray[np.float64],
    wanted: NDArray[np.float64],
    relative: float,
    absolute: float,
) -> None:
    close = np.isclose(found, wanted, rtol=relative, atol=absolute, equal_nan=True).all()
    clause = (
        f"{found.tolist()} where {np.round(wanted, 4).tolist()} was expected; "
        f"dimension {measure.dimension} is declared"
    )
    _require(bool(close), measure.name, what, clause)


def _measured(measure: Measure, labels: LabelImage, what: str = "a mask") -> NDArray[np.float64]:
    """The measure with and without a foreground map, one after the other."""
    values = []
    for soft in (True, False):
        particles = _particles(labels, soft)
        if measure.classes is not None:
            particles = particles.with_classes([measure.classes[0]] * len(particles))
        try:
            values.append(compute(measure, particles, f"{measure.name!r} with {what}"))
        except Exception as error:  # whatever a stranger's measure raises breaks the contract
            raise AssertionError(str(error)) from error
    return np.concatenate(values)


def _particles(labels: LabelImage, soft: bool) -> Particles:
    pixels = np.where(labels > 0, np.float32(0.8), np.float32(0.2))
    foreground = (labels > 0).astype(np.float32) if soft else None
    return cut_particles(Micrograph(pixels=pixels), Segmentation(labels=labels, foreground=foreground))


def _mask_for(measure: Measure) -> LabelImage:
    """One particle, 40 to 48 px long: of the measure's own class where it has one, else without any symmetry."""
    mask = np.zeros((64, 72), np.int32)
    name = measure.classes[0] if measure.classes else ""
    if name == "rod":
        mask[20:36, 12:56] = 1
    elif name in CORNERS:
        angles = 0.3 + 2 * np.pi * np.arange(CORNERS[name]) / CORNERS[name]
        corners = np.stack([36 + 24 * np.cos(angles), 32 + 24 * np.sin(angles)], axis=1)
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    else:  # a fat L with a round end
        mask[10:28, 12:60] = 1
        mask[28:52, 12:30] = 1
        cv2.circle(mask, (52, 22), 10, 1, cv2.FILLED)
    return mask


def _changes() -> Iterator[tuple[str, Callable[[LabelImage], LabelImage]]]:
    yield "the particle moved", lambda mask: np.roll(mask, (3, 5), (0, 1))
    yield "the particle mirrored", lambda mask: np.ascontiguousarray(mask[:, ::-1])
    yield "the particle turned by 90 degrees", lambda mask: np.ascontiguousarray(np.rot90(mask))


def _pictures() -> Iterator[tuple[str, FloatImage]]:
    rng = np.random.default_rng(0)
    discs = np.full((96, 131), 0.2, np.float32)
    for x, y in ((25, 25), (70, 40), (95, 70)):
        cv2.circle(discs, (x, y), 12, 0.8, cv2.FILLED, cv2.LINE_AA)
    discs += rng.normal(0, 0.02, discs.shape).astype(np.float32)
    yield "bright discs in 96 x 131 px", np.clip(discs, 0, 1)
    yield "dark discs in 96 x 131 px", np.clip(1 - discs, 0, 1)
    yield "an empty picture", np.zeros((40, 50), np.float32)
    yield "a picture that is all bright", np.ones((33, 31), np.float32)
    yield "noise", rng.random((64, 64), np.float32)
    yield "a picture of 1 x 1 px", np.full((1, 1), 0.5, np.float32)
    yield "a picture of 3 x 200 px", rng.random((3, 200), np.float32)


def _labelled() -> Iterator[tuple[str, LabelImage, FloatImage]]:
    rng = np.random.default_rng(1)
    labels = np.zeros((40, 51), np.int32)
    labels[5:15, 5:20] = 1
    labels[5:15, 22:40] = 2
    labels[16:30, 8:30] = 3
    yield "three particles", labels, rng.random(labels.shape, np.float32)
    yield "one particle", (labels == 1).astype(np.int32), rng.random(labels.shape, np.float32)
    yield "no particle", np.zeros_like(labels), rng.random(labels.shape, np.float32)
    yield "a picture that is all particle", np.ones((9, 7), np.int32), np.ones((9, 7), np.float32)
    yield "a picture of 1 x 1 px", np.zeros((1, 1), np.int32), np.zeros((1, 1), np.float32)


def _some_particles() -> Particles:
    labels = np.zeros((90, 140), np.int32)
    cv2.circle(labels, (25, 25), 15, 1, cv2.FILLED)
    cv2.rectangle(labels, (55, 10), (85, 40), 2, cv2.FILLED)
    cv2.rectangle(labels, (95, 15), (135, 25), 3, cv2.FILLED)
    cv2.ellipse(labels, (40, 65), (30, 12), 30, 0, 360, 4, cv2.FILLED)
    cv2.fillPoly(labels, [np.array([[90, 80], [125, 80], [107, 50]], np.int32)], 5)
    return _particles(labels, soft=True)
