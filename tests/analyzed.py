"""A results folder of known discs, made once for all tests of a file."""

from dataclasses import replace

import numpy as np

from nanosieve import Host
from nanosieve.batch import run
from nanosieve.cli.request import make_request
from pictures import DISCS, draw_discs, write_tiff

NAMES = ("discs.tif", "=odd name.tif")


def analyze_discs(folder, *, exporters=(), report=False):
    """Analyse two pictures of `DISCS`, one of them above a data bar; returns what the run came to."""
    picture = draw_discs((200, 260), DISCS)
    bar = np.zeros((20, 260), np.uint8)
    images = [
        write_tiff(folder / "images" / name, np.vstack([picture, bar]) if number else picture)
        for number, name in enumerate(NAMES)
    ]
    host = Host()
    request = replace(make_request(host, segmenter="threshold", exporters=exporters), report=report)
    outcome = run(images, request, folder / "results", host)
    assert outcome.tables.failures.empty, outcome.tables.failures
    return outcome
