"""The model store `registry`: ``spheres@champion`` and ``models:/spheres/3`` wherever a model is asked for."""

from __future__ import annotations

from nanosieve import Context
from nanosieve.specs import Fetched
from nanosieve_registry.registry import Registry


class RegistryStore:
    """Model store of the registry that ``MLFLOW_TRACKING_URI`` names, else of this user's own."""

    def fetch(self, uri: str) -> Fetched:
        """The bundle of a registered version, whose files are those that were published.

        Raises
        ------
        UsageError
            If the URI names no version.
        RegistryError
            If there is no such version, or the registry does not answer and the model was never fetched.
        ChangedError
            If its files were changed since they were published.
        """
        resolved = Registry().resolve(uri)
        return Fetched(folder=resolved.folder, version=resolved.uri, note=resolved.note)


def build(context: Context) -> RegistryStore:
    """Build the store; it has no options."""
    return RegistryStore()
