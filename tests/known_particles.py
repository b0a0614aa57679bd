"""Simulated micrographs whose particles are known without a segmenter."""

from functools import cache

import numpy as np

from nanosieve import Micrograph, Segmentation, cut_particles
from nanosieve.grey import to_grey
from nanosieve.simulate import SimulationSettings, simulate


@cache
def known_particles(kind, seed=1, height=352, width=512, **settings):
    """The particles of one picture, as its answer has them."""
    made = SimulationSettings(height=height, width=width, data_bar=False, **settings)
    simulated = simulate(kind, made, seed)
    pixels, valid, _ = to_grey(simulated.pixels)
    truth = Segmentation(labels=simulated.labels, foreground=np.asarray(simulated.coverage, np.float32))
    return cut_particles(Micrograph(pixels=pixels, valid=valid, polarity=simulated.polarity), truth)
