"""The segmenter `unetpp`: use and training."""

from __future__ import annotations

from pathlib import Path

from nanosieve import Context
from nanosieve.fitting import FitJob
from nanosieve.learn.fitting_networks import fit_network
from nanosieve.learn.network_segmenter import NetworkSegmenter, build_segmenter
from nanosieve_segmenters.unetpp.network import make_network


def build(context: Context) -> NetworkSegmenter:
    """The segmenter with the weights of a bundle."""
    return build_segmenter(make_network, context)


def fit(job: FitJob) -> Path | None:
    """Train, and return the folder of the bundle, where this process wrote it."""
    return fit_network(make_network, job)
