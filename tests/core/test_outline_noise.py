"""Noise of outlines: known noise on known shapes."""

import numpy as np
import pytest

from nanosieve.outline import Outlines
from nanosieve.outline_noise import EXPONENT, LONGEST_PX, MIDDLE, noise_level, without_noise

LEVEL = 0.1


def circle(diameter, count=400):
    turns = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return diameter / 2 * np.column_stack([np.cos(turns), np.sin(turns)])


def square(side, per_side=100):
    way = np.linspace(-side / 2, side / 2, per_side, endpoint=False)
    edge = np.full(per_side, side / 2)
    return np.concatenate(
        [np.column_stack(pair) for pair in ((way, -edge), (edge, way), (-way, edge), (-edge, -way))]
    )


def trembling(polygon, rng, level=LEVEL):
    """Noise normal to the outline, of the power density that the module names, waves of 5 px and longer."""
    along = np.roll(polygon, -1, axis=0) - np.roll(polygon, 1, axis=0)
    normals = np.column_stack([along[:, 1], -along[:, 0]]) / np.hypot(*along.T)[:, None]
    steps = np.hypot(*(np.roll(polygon, -1, axis=0) - polygon).T)
    at = np.concatenate([[0], np.cumsum(steps)[:-1]])
    length = steps.sum()
    noise = np.zeros(len(polygon))
    for order in range(1, int(length / 5)):
        relative = (MIDDLE / max(order / length, 1 / LONGEST_PX)) ** EXPONENT
        # the mean square of the complex coefficients, of which a real wave has two
        wave = np.sqrt(level * relative / length) * rng.standard_normal(2)
        noise += np.sqrt(2) * (
            wave[0] * np.cos(2 * np.pi * order * at / length)
            + wave[1] * np.sin(2 * np.pi * order * at / length)
        )
    return polygon + noise[:, None] * normals


def joined(polygons):
    ends = np.cumsum([0, *(len(polygon) for polygon in polygons)])
    return Outlines(np.concatenate(polygons), ends)


def calipers(polygon):
    turns = np.linspace(0, np.pi, 360, endpoint=False)
    across = polygon @ np.array([np.cos(turns), np.sin(turns)])
    widths = across.max(axis=0) - across.min(axis=0)
    return widths.min(), widths.max()


def length(polygon):
    return np.hypot(*(np.roll(polygon, -1, axis=0) - polygon).T).sum()


@pytest.mark.parametrize("level", [0.02, 0.1, 0.25])
def test_the_level_is_that_of_the_noise_that_was_put_on(level):
    rng = np.random.default_rng(1)
    outlines = joined([trembling(circle(45), rng, level) for _ in range(60)])
    # 60 outlines have about 500 coefficients in the band: the quartile is known to 10 %
    assert noise_level(outlines) == pytest.approx(level, rel=0.3)


def test_squares_are_not_taken_for_noise():
    # of a square only every fourth coefficient is not zero, and the lower quartile is of the others; where outlines
    # tremble those four are the largest of the sample, which shifts its quartile to the 33 % of the noise alone
    rng = np.random.default_rng(2)
    outlines = joined([trembling(square(40), rng) for _ in range(60)])
    assert LEVEL <= noise_level(outlines) <= 2 * LEVEL
    assert noise_level(joined([square(40)] * 60)) < 1e-3


def test_few_outlines_say_nothing():
    assert noise_level(joined([circle(45)])) == 0
    assert noise_level(joined([circle(8)] * 100)) == 0


@pytest.mark.parametrize("diameter", [20, 45, 120])
def test_widths_and_perimeter_of_trembling_discs_come_out_right(diameter):
    rng = np.random.default_rng(3)
    noisy = [trembling(circle(diameter), rng) for _ in range(60)]
    clean = [without_noise(polygon, LEVEL) for polygon in noisy]

    def errors(polygons):
        widths = np.array([calipers(polygon) for polygon in polygons]) - diameter
        roundness = np.mean([length(polygon) for polygon in polygons]) / (np.pi * diameter) - 1
        return *widths.mean(axis=0), roundness

    smallest, largest, longer = errors(noisy)
    assert min(-smallest, largest) > 0.3, "or there is nothing to take off"
    smaller, larger, still_longer = errors(clean)
    # 11 % of the power stays, a third of the amplitude, most of it in few waves, which make the extremes
    assert abs(smaller) < 0.5 * abs(smallest)
    assert abs(larger) < 0.5 * abs(largest)
    assert abs(still_longer) < 0.2 * longer


def test_a_square_keeps_its_corners():
    rng = np.random.default_rng(4)
    clean = [without_noise(trembling(square(40), rng), LEVEL) for _ in range(60)]
    diagonal = np.mean([calipers(polygon)[1] for polygon in clean])
    # 1.5 times the noise is as strong as the waves of a square shorter than 14 px: without them its corners are 0.4 px
    # nearer to the middle, which is what the contour of any picture does to them as well
    assert diagonal == pytest.approx(40 * np.sqrt(2), abs=0.8)


def test_without_noise_an_outline_stays():
    clean = without_noise(square(40), 0.0)
    assert calipers(clean) == pytest.approx((40, 40 * np.sqrt(2)), abs=0.1)


def test_more_noise_than_believed_stays():
    # a rough particle is rough: the level has a limit, and what rises above it is shape
    rng = np.random.default_rng(5)
    rough = [trembling(circle(60), rng, level=3.0) for _ in range(40)]
    level = noise_level(joined(rough))
    clean = np.mean([length(without_noise(polygon, level)) for polygon in rough])
    assert clean > np.pi * 60 * 1.02
