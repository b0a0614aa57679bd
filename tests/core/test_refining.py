"""Outlines moved by what a model's card says: discs that are found too large by a known amount."""

import numpy as np
import pytest

from nanosieve import Micrograph, Segmentation
from nanosieve.models import Boundary, Offset
from nanosieve.particles import cut_particles
from nanosieve.quality import Rules
from nanosieve.refining import refine, treatment

SHAPE = (120, 300)
DIAMETER = 50.0
LARGER = 0.8


def boundary(offset, **classes):
    measured = {name: Offset(offset_px=value, particles=9, images=3) for name, value in classes.items()}
    return Boundary(offset_px=offset, particles=9, images=3, data="these", classes=measured)


def found(centres=((60.3, 60.1), (180.7, 60.4)), magnification=1.0, soft=True, larger=LARGER):
    """Discs that are found too large by `larger` px in diameter; where two meet, half of the way is each one's."""
    y, x = np.indices(SHAPE, dtype=float)
    depths = np.array([(DIAMETER + larger) / 2 - np.hypot(x - a, y - b) for a, b in centres])
    covered = np.clip(depths.max(axis=0) + 0.5, 0, 1).astype(np.float32)
    labels = np.where(covered >= 0.5, depths.argmax(axis=0) + 1, 0).astype(np.int32)
    segmentation = Segmentation(
        labels=labels, foreground=covered if soft else None, magnification=magnification
    )
    particles = cut_particles(Micrograph(pixels=covered), segmentation)
    return particles.with_classes(["circle", "square", "rod"][: len(particles)])


def diameters(particles):
    return np.sqrt(4 * particles.areas / np.pi)


def widths(particles):
    return np.array([np.ptp(hull, axis=0) for hull in particles.hulls])


def test_discs_get_their_size_back():
    refined = refine(found(), boundary(LARGER), Rules())
    assert diameters(refined) == pytest.approx(DIAMETER, abs=0.03)
    assert widths(refined) == pytest.approx(DIAMETER, abs=0.1)
    assert refined.perimeters == pytest.approx(np.pi * DIAMETER, abs=0.2)


def test_each_class_has_its_own_offset():
    refined = refine(found(), boundary(-2.0, circle=LARGER), Rules())
    # the square is of a class that nobody measured: what is known of all holds
    assert diameters(refined) == pytest.approx([DIAMETER, DIAMETER + LARGER + 2.0], abs=0.05)


def test_an_offset_in_a_magnified_picture_is_smaller_in_the_micrograph():
    refined = refine(found(magnification=4.0), boundary(4 * LARGER), Rules())
    assert diameters(refined) == pytest.approx(DIAMETER, abs=0.03)


def test_nothing_moves_where_particles_touch():
    # centres 46 px apart: the border of the two is a straight line at x = 103
    touching = found(((80.0, 60.0), (126.0, 60.0)))
    refined = refine(touching, boundary(LARGER), Rules())
    left, right = refined.outlines
    for polygon, before, end in ((left, touching.outlines[0], np.max), (right, touching.outlines[1], np.min)):
        at_border, was_at_border = (each[abs(each[:, 1] - 60) < 5, 0] for each in (polygon, before))
        assert end(at_border) == pytest.approx(end(was_at_border), abs=1e-6)
    # the far side does move
    assert left[:, 0].min() - touching.outlines[0][:, 0].min() == pytest.approx(LARGER / 2, abs=0.05)


@pytest.mark.parametrize("rules", [Rules(correct_boundary=False, remove_outline_noise=False), Rules()])
def test_what_is_switched_off_or_unknown_is_left(rules):
    particles = found()
    known = boundary(LARGER) if not rules.correct_boundary else None
    refined = refine(particles, known, rules)
    assert diameters(refined) == pytest.approx(diameters(particles), abs=1e-9)
    assert treatment(particles, known, rules) == ("left" if known else "unknown")


def test_outlines_along_pixel_edges_are_left():
    particles = found(soft=False)
    assert refine(particles, boundary(LARGER), Rules()) is particles
    assert treatment(particles, boundary(LARGER), Rules()) == "left"


def test_the_labels_stay():
    particles = found()
    refined = refine(particles, boundary(LARGER), Rules())
    assert refined.segmentation is particles.segmentation
    assert (refined.boxes == particles.boxes).all()
    assert (refined.pixel_counts == particles.pixel_counts).all()
    assert treatment(particles, boundary(LARGER), Rules()) == "corrected"


def test_noise_is_taken_off_all_but_cornered_shapes():
    # ten rough discs a row apart, every other one called a square
    rng = np.random.default_rng(0)
    y, x = np.indices((140, 600), dtype=float)
    depths = []
    for number in range(10):
        a, b = x - 60.3 - 120 * (number % 5), y - 35.2 - 70 * (number // 5)
        turn = np.arctan2(b, a)
        waves = sum(rng.normal(0, 0.12) * np.cos(k * turn + rng.uniform(0, 6)) for k in range(5, 25))
        depths.append(25 + waves - np.hypot(a, b))
    depths = np.array(depths)
    covered = np.clip(depths.max(axis=0) + 0.5, 0, 1).astype(np.float32)
    labels = np.where(covered >= 0.5, depths.argmax(axis=0) + 1, 0).astype(np.int32)
    particles = cut_particles(
        Micrograph(pixels=covered), Segmentation(labels=labels, foreground=covered)
    ).with_classes(["circle", "square"] * 5)
    refined = refine(particles, None, Rules())
    shorter = refined.perimeters / particles.perimeters
    assert (shorter[::2] < 0.99).all()
    assert shorter[1::2] == pytest.approx(1)
    assert refined.areas == pytest.approx(particles.areas)
    assert (
        refine(particles, None, Rules(remove_outline_noise=False)).perimeters == particles.perimeters
    ).all()


def test_no_particle_is_turned_inside_out():
    refined = refine(found(), boundary(200.0), Rules())
    assert (refined.areas > 0).all()
    assert (refined.perimeters > 0).all()


def test_no_particles():
    nothing = cut_particles(
        Micrograph(pixels=np.zeros(SHAPE, np.float32)),
        Segmentation(labels=np.zeros(SHAPE, np.int32), foreground=np.zeros(SHAPE, np.float32)),
    )
    assert len(refine(nothing.with_classes([]), boundary(1.0), Rules())) == 0
