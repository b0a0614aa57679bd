"""The form in which MLflow keeps a bundle: a loader of ours and the bundle as data; no pickle and no code.

``mlflow models serve --env-manager local`` and ``mlflow.pyfunc.load_model`` call `_load_pyfunc`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

    from nanosieve_registry.serving.mlflow_model import BundleModel

LOADER_MODULE = "nanosieve_registry.mlflow_flavor"
# What pandera calls the types of columns, and what MLflow does; all others are text.
TYPES = {"int64": "long", "float64": "double", "bool": "boolean"}


def signature() -> ModelSignature:
    """What goes into a served model, and what comes out.

    In: the base64 of a PNG or TIFF file, and optionally its pixel size and name. Out: one row a particle.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    from nanosieve import Host
    from nanosieve.table import particle_schema
    from nanosieve_registry.serving.mlflow_model import IMAGE, NAME, PIXEL_SIZE, SCALE, UNITS

    columns = particle_schema(list(Host().measures.values()), "nm").columns
    return ModelSignature(
        inputs=Schema(
            [
                ColSpec("string", IMAGE),
                *(ColSpec("string", name, required=False) for name in (PIXEL_SIZE, NAME)),
            ]
        ),
        outputs=Schema(
            [
                # those of measures, which have a title, have other names in px
                *(
                    ColSpec(TYPES.get(str(column.dtype), "string"), name, required=column.title is None)
                    for name, column in columns.items()
                    if column.required
                ),
                *(ColSpec(TYPES.get(kind, "string"), name, required=False) for name, kind in SCALE.items()),
            ]
        ),
        params=ParamSchema([ParamSpec(UNITS, "string", "nm")]),
    )


def _load_pyfunc(data_path: str) -> BundleModel:
    """Called by MLflow with the folder of the bundle, which is checked before anything is built."""
    from nanosieve import Host
    from nanosieve_registry.bundle_files import digests_of
    from nanosieve_registry.serving.mlflow_model import BundleModel
    from nanosieve_registry.serving.requesting import request_for

    folder, host = Path(data_path), Host()
    digests_of(folder)  # refuses what is no part of a bundle
    return BundleModel(request_for(folder, host), host)
