"""Why a file is not taken."""

from __future__ import annotations

from nanosieve.errors import ModelError


class RefusedError(ModelError):
    """A model file, key or signature that is not taken; the message says why and what to do."""
