"""Pictures inside the page: a report has no files beside it."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from nanosieve.picture_file import encode_jpeg

# Noise is what costs bytes; at 70 particles and their edges look as they did.
QUALITY = 70


def data_uri(picture: NDArray[np.uint8], quality: int = QUALITY) -> str:
    """A grey or RGB picture as ``data:image/jpeg;base64,...``."""
    return f"data:image/jpeg;base64,{base64.b64encode(encode_jpeg(picture, quality)).decode()}"
