"""The classifier `resnet34`: use and training."""

from __future__ import annotations

from pathlib import Path

from nanosieve import Context
from nanosieve.fitting import FitJob
from nanosieve.learn.shapes.fitting_shapes import fit_shapes
from nanosieve.learn.shapes.network_classifier import NetworkClassifier, build_classifier
from nanosieve_classifiers.resnet34.network import make_network


def build(context: Context) -> NetworkClassifier:
    """The classifier with the weights of a bundle."""
    return build_classifier(make_network, context)


def fit(job: FitJob) -> Path | None:
    """Train, and return the folder of the bundle, where this process wrote it."""
    return fit_shapes(make_network, job)
