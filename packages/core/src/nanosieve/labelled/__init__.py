"""Labelled micrographs: sources, splits and annotation formats, described by a TOML file."""

from nanosieve.labelled.config import DataConfig, SourceConfig, Split
from nanosieve.labelled.data import LabelledData, load_all, read_data
from nanosieve.labelled.entries import Entry, LabelledImage
from nanosieve.labelled.fingerprint import fingerprint
from nanosieve.labelled.gaps import open_gaps

__all__ = [
    "DataConfig",
    "Entry",
    "LabelledData",
    "LabelledImage",
    "SourceConfig",
    "Split",
    "fingerprint",
    "load_all",
    "open_gaps",
    "read_data",
]
