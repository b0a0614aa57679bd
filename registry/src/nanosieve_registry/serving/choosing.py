"""What the user wants served, to exact versions, and those to loaded tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nanosieve import Host
from nanosieve.cli.request import make_request
from nanosieve.finding import find_model, is_registered
from nanosieve.models import PIPELINE_CARD
from nanosieve.provenance import code_digest, software
from nanosieve_registry.errors import UnreachableError
from nanosieve_registry.references import SCHEME, parse_reference
from nanosieve_registry.registry import Registry
from nanosieve_registry.serving.following import Exact
from nanosieve_registry.serving.served import Served


def is_pipeline(reference: str, host: Host) -> bool:
    """Whether a reference is that of a whole pipeline."""
    scheme = reference.partition(":")[0].lower()
    if reference in host.segmenters or any(scheme in spec.schemes for spec in host.segmenters.values()):
        return False
    return (find_model(reference, host).folder / PIPELINE_CARD).exists()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is to be served, in the user's words.

    Attributes
    ----------
    references : by part, ``segmenter`` and ``classifier`` or ``pipeline``: plugin, folder, URI, ``spheres@champion``
    words : all else that `nanosieve.cli.request.make_request` takes
    """

    host: Host
    references: Mapping[str, str]
    words: Mapping[str, Any]

    def look_up(self) -> Exact:
        """The exact versions that are meant now; nothing is fetched.

        Raises
        ------
        RegistryError
            If the registry does not answer, or has no such model.
        """
        return {part: self._exact(reference) for part, reference in self.references.items()}

    def begin(self) -> Exact:
        """The same when the server starts: without a registry, what was fetched before is meant."""
        try:
            return self.look_up()
        except UnreachableError:
            return self.references

    def load(self, exact: Exact) -> Served:
        """Fetch, check and build.

        Raises
        ------
        NanosieveError
            If a model was changed, or needs a plugin that is not there.
        """
        if "pipeline" in exact:
            request = make_request(self.host, pipeline=exact["pipeline"], **self.words)
        else:
            request = make_request(
                self.host, segmenter=exact["segmenter"], classifier=exact.get("classifier"), **self.words
            )
        return Served(
            request=request,
            code=code_digest(self.host, request.plugins),
            software=software(self.host),
        )

    @cached_property
    def _registry(self) -> Registry:
        return Registry()

    def _exact(self, reference: str) -> str:
        if reference.startswith(SCHEME) or is_registered(reference, self.host):
            return self._registry.version(parse_reference(reference)).uri
        return reference
