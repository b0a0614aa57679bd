"""A model that is served, and what is said of it in every answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from nanosieve.batch import Request
from nanosieve.guards import GuardedClassifier, GuardedSegmenter
from nanosieve.loading import Loaded
from nanosieve.models import sha256

HEADER = "X-Nanosieve-"


@dataclass(frozen=True, kw_only=True)
class Served:
    """What is done with every picture, from now on until the next one takes over.

    Attributes
    ----------
    request : the loaded tools with all settings
    code : SHA-256 of the code that takes part, see `nanosieve.provenance.code_digest`
    software : versions, see `nanosieve.provenance.software`
    """

    request: Request
    code: str
    software: dict[str, Any]

    @cached_property
    def segmenter(self) -> dict[str, Any]:
        """Name, version and digest of the segmenter."""
        return self._part(self.request.segmenter)

    @cached_property
    def classifier(self) -> dict[str, Any] | None:
        """The same of the classifier; None without one."""
        return self._part(self.request.classifier) if self.request.classifier else None

    @cached_property
    def model(self) -> dict[str, Any]:
        """Name, version and digest of what is served: the pipeline, or else the segmenter."""
        pipeline = self.request.pipeline
        if pipeline is None:
            return self.segmenter
        return {
            "name": pipeline["model"],
            "version": _number(pipeline["model_version"]),
            "digest": pipeline["model_digest"],
        }

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """All that decides the numbers of a table."""
        return {**self.request.provenance(), "code": self.code, "software": self.software}

    @cached_property
    def headers(self) -> dict[str, str]:
        """Of every answer that the model gave; all ASCII."""
        # the names of the measures are those of the columns, and proxies take headers of 4 kB
        brief = {name: value for name, value in self.request.provenance().items() if name != "measures"}
        return {
            f"{HEADER}Model": quote(self.model["name"], safe="/@:"),
            f"{HEADER}Version": self.model["version"],
            f"{HEADER}Digest": self.model["digest"],
            f"{HEADER}Provenance": json.dumps(brief, separators=(",", ":")),
        }

    def describe(self) -> dict[str, Any]:
        """What the server says of its model."""
        return {
            "model": self.model,
            "segmenter": self.segmenter,
            "classifier": self.classifier,
            "units": self.request.unit,
            "provenance": self.provenance,
        }

    def _part(self, loaded: Loaded[GuardedSegmenter] | Loaded[GuardedClassifier]) -> dict[str, Any]:
        """`digest` is that of the model's card; `fingerprint` covers the settings and the code as well."""
        settings = json.dumps([loaded.provenance(), self.code], sort_keys=True)
        fingerprint = sha256(settings.encode())
        return {
            "name": loaded.card.name if loaded.card else loaded.name,
            # of a registered model its number, of a plugin without a model that of its distribution
            "version": _number(loaded.model_version) if loaded.card else loaded.version,
            "digest": loaded.model_digest or fingerprint,
            "models": dict(loaded.models),
            "fingerprint": fingerprint,
        }


def _number(version: str) -> str:
    """``models:/spheres/3`` to ``3``."""
    return version.rpartition("/")[2]
