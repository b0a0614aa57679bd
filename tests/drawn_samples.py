"""Micrographs of many particles, and what is found in them."""

from dataclasses import replace

import numpy as np

SHAPE = (330, 480)
COLUMNS, ROWS = 8, 5


def draw_sample(seed):
    """Forty discs of 8 to 16 px radius and four rods in a frame of 330 x 480 px; some discs touch the left edge."""
    generator = np.random.default_rng(seed)
    y, x = np.indices(SHAPE, dtype=float)
    covered = np.zeros(SHAPE)
    for number in range(COLUMNS * ROWS):
        row, column = divmod(number, COLUMNS)
        centre_x, centre_y = (10 if column == 0 else 30 + 60 * column), 35 + 65 * row
        half = 18.0 if number % 10 == 5 else 0.0
        along = np.clip(x - centre_x, -half, half)
        distance = np.hypot(x - centre_x - along, y - centre_y)
        radius = 7.0 if half else 12.0 * np.exp(0.15 * np.clip(generator.standard_normal(), -2, 2))
        covered = np.maximum(covered, np.clip(radius - distance + 0.5, 0, 1))
    grey = 60 + 120 * covered + generator.normal(0, 4, SHAPE)
    return np.round(np.clip(grey, 0, 255)).astype(np.uint8)


def analyse(paths, folder, *, report=True, **options):
    """A results folder of some images, by the threshold segmenter."""
    from nanosieve import Host
    from nanosieve.batch import run
    from nanosieve.cli.request import make_request
    from nanosieve.statistics.options import StatisticsOptions

    host = Host()
    request = make_request(host, segmenter="threshold", **options)
    # a page shows intervals and p values, however many rounds they are of
    statistics = StatisticsOptions(rounds=100, goodness_rounds=20)
    return run(paths, replace(request, report=report, statistics=statistics), folder, host)
