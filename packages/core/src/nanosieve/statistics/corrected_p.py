"""p values of several tests made together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected so that the chance of any false alarm stays at the level.

    References
    ----------
    .. [1] S. Holm, Scand. J. Stat. 6, 65 (1979).
    """
    order = np.argsort(p_values)
    scaled = np.array(p_values)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1) if len(order) else scaled
    return [float(p) for p in corrected]
