"""The common outline of bodies that overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nanosieve.simulate.solids import FloatArray

Inside = Callable[[FloatArray, FloatArray], FloatArray]
# Longest step along an outline while crossings are sought, px.
STEP_PX = 0.5
SECANTS = 2
# Two outlines cross at one point: the two places found for it differ by less.
SAME_POINT_PX = 0.05


def union_outline(outlines: Sequence[FloatArray], insides: Sequence[Inside]) -> FloatArray | None:
    """One ring around all bodies; None where they are in several pieces or enclose a hole.

    Parameters
    ----------
    outlines : polygons of shape (n, 2), all the same way round
    insides : for each body the distance to its outline, > 0 inside
    """
    if len(outlines) == 1:
        return outlines[0]
    runs: list[FloatArray] = []
    for index, outline in enumerate(outlines):
        others = [
            inside
            for other, inside in enumerate(insides)
            if other != index and _may_meet(outline, outlines[other])
        ]
        free = _free_runs(outline, others)
        if free is None:
            return None
        runs += free
    return _one_ring(runs)


def _free_runs(outline: FloatArray, others: Sequence[Inside]) -> list[FloatArray] | None:
    """The parts of an outline that lie in no other body, each with the crossings at its ends; None: all of it."""
    if not others:
        return None

    def depth(points: FloatArray) -> FloatArray:
        return np.asarray(np.max([inside(points[:, 0], points[:, 1]) for inside in others], axis=0))

    points = _dense(outline)
    depths = depth(points)
    if not (depths > 0).any():
        return None
    # begin within a hidden part, so that no run goes over the end of the list
    turned = -int(np.argmax(depths > 0))
    points, depths = np.roll(points, turned, axis=0), np.roll(depths, turned)
    changes = np.flatnonzero((depths > 0) != (np.roll(depths, -1) > 0))
    if not len(changes):
        return []
    starts, ends = points[changes], np.roll(points, -1, axis=0)[changes]
    low, high = np.zeros(len(changes)), np.ones(len(changes))
    at_start, at_end = depths[changes], np.roll(depths, -1)[changes]
    for _ in range(SECANTS):
        share = low + (high - low) * at_start / (at_start - at_end)
        found = depth(starts + share[:, None] * (ends - starts))
        same = (found > 0) == (at_start > 0)
        low, at_start = np.where(same, share, low), np.where(same, found, at_start)
        high, at_end = np.where(same, high, share), np.where(same, at_end, found)
    crossings = starts + share[:, None] * (ends - starts)
    return [
        np.concatenate(
            [crossings[k : k + 1], points[changes[k] + 1 : changes[k + 1] + 1], crossings[k + 1 : k + 2]]
        )
        for k in range(0, len(changes), 2)
    ]


def _may_meet(one: FloatArray, other: FloatArray) -> bool:
    return bool((one.max(axis=0) >= other.min(axis=0)).all() and (other.max(axis=0) >= one.min(axis=0)).all())


def _dense(outline: FloatArray) -> FloatArray:
    sides = np.roll(outline, -1, axis=0) - outline
    counts = np.maximum(1, np.ceil(np.hypot(*sides.T) / STEP_PX).astype(int))
    edge = np.repeat(np.arange(len(outline)), counts)
    place = (np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[edge]
    return np.asarray(outline[edge] + place[:, None] * sides[edge])


def _one_ring(runs: list[FloatArray]) -> FloatArray | None:
    """Join runs end to start; None unless all of them make one ring."""
    if not runs:
        return None
    starts = np.array([run[0] for run in runs])
    ring, at = [], 0
    for _ in runs:
        ring.append(runs[at][:-1])
        distances = np.hypot(*(starts - runs[at][-1]).T)
        at = int(distances.argmin())
        if distances[at] > SAME_POINT_PX:
            return None
        if at == 0:
            break
    return np.concatenate(ring) if len(ring) == len(runs) else None
