"""A bundle of any kind to what is done with every picture."""

from __future__ import annotations

from pathlib import Path

from nanosieve import Host
from nanosieve.batch import Request
from nanosieve.cli.request import make_request
from nanosieve.models import PIPELINE_CARD, read_bundle


def request_for(folder: Path, host: Host) -> Request:
    """A pipeline as it is, or a model with the defaults of the command line for all else.

    Raises
    ------
    ModelError
        If the bundle is incomplete, changed, or needs a plugin that is not there.
    """
    if (folder / PIPELINE_CARD).exists():
        return make_request(host, pipeline=str(folder))
    if read_bundle(folder).card.kind == "classifier":
        return make_request(host, classifier=str(folder))
    return make_request(host, segmenter=str(folder))
