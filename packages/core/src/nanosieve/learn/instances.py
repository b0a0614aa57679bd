"""From what a network says of each pixel to particles."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from nanosieve.depth import depth_in
from nanosieve.labels import components, keep, largest_in, relabel
from nanosieve.learn.necks import cut_necks
from nanosieve.learn.parting import parts_of
from nanosieve.values import FloatImage, LabelImage


def find_instances(
    foreground: FloatImage,
    depth: FloatImage | None,
    gap: FloatImage | None = None,
    *,
    threshold: float,
    prominence: float,
    least_depth: float,
    least_px: int,
    neck_prominence: float = 1.0,
) -> LabelImage:
    """Label particles.

    Parameters
    ----------
    foreground : ndarray of shape (H, W), float32: probability of particle
    depth : relative depth in the particle, 1 in its middle; None: what hangs together is one particle
    gap : probability that two particles meet within a few pixels; above 0.5 it counts as an edge
    threshold : a pixel is particle above this probability
    prominence : a middle rises so far above the saddle to any higher one
    least_depth : a piece that is nowhere so deep is none: there the network saw no particle from edge to middle
    least_px : pieces of fewer pixels do not count
    neck_prominence : where it is below `prominence`, pieces that are not convex are parted by it if that makes them
        more convex, see `nanosieve.learn.necks`

    Notes
    -----
    The height of a pixel is the mean of the depth that the network says and of the logarithm of its distance to the
    edge. Differences of a logarithm are ratios: a neck of the same relative width parts small particles and large ones
    in one piece. A piece with two or more middles, the maxima of that height above `prominence` (h-maxima
    [1]_), is cut by a watershed of the height, flooded from the middles. With gaps, the distance is that to the next
    edge or gap, and a middle is deep itself, or what a gap cuts off of an edge would be a particle.

    References
    ----------
    .. [1] P. Soille, Morphological Image Analysis, 2nd ed., Springer 2004, section 6.3.
    """
    labels = components(foreground > threshold, least_px)
    if depth is None:
        return labels
    labels = _deep(labels, depth, least_depth)
    within = labels > 0 if gap is None else (labels > 0) & (gap < 0.5)
    # the picture's frame is no edge of a particle
    distance = depth_in(within)
    _part(labels, distance, depth, prominence, least_depth)
    labels = _deep(relabel(labels), depth, least_depth)
    if neck_prominence < prominence:
        cut_necks(labels, distance, depth, neck_prominence, least_depth)
        labels = _deep(relabel(labels), depth, least_depth)
    return labels


def _part(
    labels: LabelImage, distance: FloatImage, depth: FloatImage, prominence: float, least_depth: float
) -> None:
    """Give the particles in each piece numbers of their own; `labels` is changed."""
    following = int(labels.max(initial=0)) + 1
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        piece = labels[box] == number
        parts = parts_of(piece, distance[box], depth[box], prominence, least_depth)
        if parts is not None:
            # a watershed crosses sides of pixels, pieces hang together at corners: what no middle reaches keeps the
            # number of the piece, and is none if it has no middle
            np.copyto(labels[box], parts + following, where=parts > 0)
            following += int(parts.max())


def _deep(labels: LabelImage, depth: FloatImage, least: float) -> LabelImage:
    """The particles in which the depth reaches `least` somewhere."""
    return keep(labels, largest_in(labels, depth) >= least)
