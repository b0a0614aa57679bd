"""What is not convex is looked at once more, for necks that are too shallow to part rough particles by."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from nanosieve.labels import outline_areas, pixel_counts, solidity
from nanosieve.learn.parting import SAID, WINDOW_PX, parts_of
from nanosieve.values import FloatImage, LabelImage

# A piece that fills CONVEX of its convex hull is one particle; what fills less than RAGGED, as a cross or a star does,
# is nothing that a few convex ones make up. Parts fill more of theirs than the piece, by GAIN.
CONVEX, RAGGED = 0.95, 0.8
GAIN = 0.02
# A part is no arm and no crumb: its area over the median of the picture.
LEAST_SHARE = 0.35
# Shares of the height that a network said. Particles that are black right through have no depth, only necks.
SHARES = (SAID, 0.0)


def cut_necks(
    labels: LabelImage, distance: FloatImage, depth: FloatImage, prominence: float, least_depth: float
) -> None:
    """Part the pieces whose parts are more convex than they are; `labels` is changed.

    Parameters
    ----------
    labels : ndarray of shape (H, W), int32, gapless
    distance, depth : see `nanosieve.learn.parting.parts_of`
    prominence, least_depth : see `nanosieve.learn.instances.find_instances`
    """
    if not labels.any():
        return
    least_px = LEAST_SHARE * float(np.median(pixel_counts(labels)[1:]))
    following = int(labels.max()) + 1
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        piece = labels[box] == number
        if max(piece.shape) > WINDOW_PX or np.count_nonzero(piece) < 2 * least_px:
            continue
        area, hull = outline_areas(piece)
        if not RAGGED * hull <= area < CONVEX * hull:
            continue
        for said in SHARES:
            parts = parts_of(piece, distance[box], depth[box], prominence, least_depth, said)
            if parts is not None and _better(parts, area / hull, least_px):
                np.copyto(labels[box], parts + following, where=parts > 0)
                following += int(parts.max())
                break


def _better(parts: LabelImage, whole: float, least_px: float) -> bool:
    """Whether all parts are large enough, and together more convex than the piece, whose solidity is `whole`."""
    return bool(pixel_counts(parts)[1:].min() >= least_px) and solidity(parts) >= whole + GAIN
