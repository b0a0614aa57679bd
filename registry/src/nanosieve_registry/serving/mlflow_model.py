"""A bundle with the interface of MLflow's Python models, for ``mlflow models serve``."""

from __future__ import annotations

import base64
import binascii
import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from nanosieve import Host
from nanosieve.errors import NanosieveError, ReadError, UsageError, one_line
from nanosieve.scale import parse_pixel_size
from nanosieve.table import empty_table
from nanosieve_registry.serving.analysing import analyze_request
from nanosieve_registry.serving.pictures import PNG, TIFF, open_picture

if TYPE_CHECKING:
    from nanosieve.batch import Request

IMAGE, PIXEL_SIZE, NAME = "image", "pixel_size", "name"
UNITS = "units"
# After the columns of the table. MLflow drops a column whose name is misspelt: here it is seen that it was not used.
SCALE = {"pixel_size_x_nm": "float64", "pixel_size_y_nm": "float64", "pixel_size_source": "str"}

logger = logging.getLogger(__name__)


class BundleModel:
    """A bundle with the interface of MLflow's Python models."""

    def __init__(self, request: Request, host: Host) -> None:
        self._request, self._host = request, host
        # MLflow answers requests in threads; two pictures at once would need twice the memory
        self._one = threading.Lock()

    def predict(self, model_input: pd.DataFrame, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """One row a particle of all pictures, with the pixel size of each picture and its source.

        Parameters
        ----------
        model_input : columns ``image`` (base64 or bytes of a PNG or TIFF file), ``pixel_size`` ("7.34 nm", over that
            of the file) and ``name``; the last two may be missing or empty
        params : ``units``: "nm" or "px"

        Returns
        -------
        DataFrame; missing values are None, since MLflow writes NaN as such, which is no JSON
        """
        from mlflow.exceptions import MlflowException

        try:
            request = _in_units(self._request, str((params or {}).get(UNITS, "nm")))
            with self._one:
                tables = [
                    self._table(request, number, row)
                    for number, row in enumerate(model_input.to_dict("records"), 1)
                ]
        except NanosieveError as error:
            raise MlflowException.invalid_parameter_value(one_line(error)) from error
        full = [table for table in tables if len(table)] or tables[:1]
        none = empty_table(list(request.measures.values()), request.unit)
        table = pd.concat(full, ignore_index=True) if full else none
        return table.astype(object).where(table.notna(), None)

    def _table(self, request: Request, number: int, row: Mapping[Any, Any]) -> pd.DataFrame:
        size = _text(row.get(PIXEL_SIZE))
        micrograph = open_picture(
            _decoded(row[IMAGE]),
            self._host.readers,
            name=_text(row.get(NAME)) or f"picture {number}",
            pixel_size=parse_pixel_size(size) if size else None,
            polarity=request.polarity,
            scaled=request.unit == "nm",
        )
        analysis = analyze_request(request, micrograph)
        for failure in analysis.failures:
            logger.warning("%s: %s", failure.image, failure.error)
        y_nm, x_nm = micrograph.pixel_size_nm or (None, None)
        values = (x_nm, y_nm, micrograph.pixel_size_source)
        return analysis.table.assign(**dict(zip(SCALE, values, strict=True)))


def _in_units(request: Request, units: str) -> Request:
    if units not in ("nm", "px"):
        raise UsageError(f"units {units!r} must be 'nm' or 'px'")
    return replace(request, unit=units)  # type: ignore[arg-type]


def _decoded(value: object) -> bytes:
    """Bytes of a file: as they are, which Parquet can, or from base64."""
    data = value if isinstance(value, bytes) else str(value).encode()
    if data.startswith((PNG, *TIFF)):
        return data
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ReadError(f"column {IMAGE!r} must hold the base64 of a PNG or TIFF file: {error}") from error


def _text(value: object) -> str:
    """A cell that may be missing."""
    return value.strip() if isinstance(value, str) else ""
