"""The answer to a picture: JSON, CSV, Parquet, the label image, or all of them in a ZIP file."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from nanosieve.exporters import write_csv
from nanosieve.label_image import write_labels
from nanosieve.pipeline import Analysis

Format = Literal["json", "csv", "parquet", "tiff", "zip"]
MEDIA_TYPES: Mapping[Format, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "tiff": "image/tiff",
    "zip": "application/zip",
}


def choose_format(asked: Format | None, accept: str | None) -> Format | None:
    """The format of the query, else the best one of the header ``Accept``; None where it wants another."""
    if asked is not None:
        return asked
    if not accept:
        return "json"
    best = parse_accept_header(accept, MIMEAccept).best_match(list(MEDIA_TYPES.values()))
    return next((name for name in get_args(Format) if MEDIA_TYPES[name] == best), None)


def encode(analysis: Analysis, said: Mapping[str, Any], chosen: Format) -> bytes:
    """An analysis as bytes.

    Parameters
    ----------
    said : what JSON says beside the table
    """
    return ENCODERS[chosen](analysis, said)


def _json(analysis: Analysis, said: Mapping[str, Any]) -> bytes:
    table = analysis.table
    # NaN is no JSON
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return json.dumps({**said, "particles": rows}, allow_nan=False).encode()


def _csv(analysis: Analysis, said: Mapping[str, Any]) -> bytes:
    return _written(lambda path: write_csv(analysis.table, path), "particles.csv")


def _parquet(analysis: Analysis, said: Mapping[str, Any]) -> bytes:
    return _as_parquet(analysis.table)


def _tiff(analysis: Analysis, said: Mapping[str, Any]) -> bytes:
    return _written(lambda path: write_labels(analysis, path), "labels.tif")


def _zip(analysis: Analysis, said: Mapping[str, Any]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("particles.parquet", _parquet(analysis, said))
        archive.writestr("particles.csv", _csv(analysis, said))
        archive.writestr("labels.tif", _tiff(analysis, said))
        archive.writestr("summary.json", json.dumps(said, indent=2, allow_nan=False))
    return target.getvalue()


ENCODERS: Mapping[Format, Callable[[Analysis, Mapping[str, Any]], bytes]] = {
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
    "tiff": _tiff,
    "zip": _zip,
}


def _as_parquet(table: pd.DataFrame) -> bytes:
    target = io.BytesIO()
    table.to_parquet(target, index=False)
    return target.getvalue()


def _written(write: Callable[[Path], object], name: str) -> bytes:
    """What a function writes into a file."""
    with tempfile.TemporaryDirectory(prefix="nanosieve-") as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()
