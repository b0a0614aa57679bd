"""The models that come with nanosieve: ``shipped:se-segmenter``."""

from __future__ import annotations

from pathlib import Path

from nanosieve import Context
from nanosieve.errors import ModelError

SCHEME = "shipped"
# In an installed package beside this file, in a checkout at the top of the distribution.
PLACES = (Path(__file__).parent / "models", Path(__file__).parents[2] / "models")


class ShippedStore:
    """Model store of the bundles that come with this distribution."""

    def fetch(self, uri: str) -> Path:
        """The folder of a model.

        Raises
        ------
        ModelError
            If there is no such model.
        """
        name = uri.partition(":")[2].strip("/")
        models = shipped_models()
        if name not in models:
            raise ModelError(
                f"no model {name!r} comes with nanosieve; there are {', '.join(sorted(models)) or 'none'}"
            )
        return models[name]


def shipped_models() -> dict[str, Path]:
    """Folders of all models, by name."""
    place = next((place for place in PLACES if place.is_dir()), None)
    if place is None:
        return {}
    return {folder.name: folder for folder in sorted(place.iterdir()) if (folder / "model.json").is_file()}


def build(context: Context) -> ShippedStore:
    """Build the store; it has no options."""
    return ShippedStore()
