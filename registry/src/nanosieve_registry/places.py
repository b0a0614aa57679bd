"""Where this user's models lie: the embedded store, and the bundles that were fetched and checked."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "NANOSIEVE_DATA"


def data_folder() -> Path:
    """The folder of this user; ``NANOSIEVE_DATA`` names another."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).absolute() if chosen else platformdirs.user_data_path("nanosieve")
