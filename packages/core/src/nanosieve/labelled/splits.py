"""Which images are trained on: whole groups (papers, specimens) go to one side, never crops of one image."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from nanosieve.labelled.config import Split


def split_groups(groups: Sequence[str], *, validation: float, test: float, seed: int) -> list[Split]:
    """The split of each image.

    Parameters
    ----------
    groups : group of each image
    validation, test : shares of the images that these splits hold at least, in whole groups

    Notes
    -----
    Groups are ordered by a hash of seed and name, so that further images do not move those that are there from
    one end of the order to the other.
    """
    sizes = Counter(groups)
    order = sorted(sizes, key=lambda group: hashlib.sha256(f"{seed}:{group}".encode()).hexdigest())
    side: dict[str, Split] = {}
    filled: Counter[Split] = Counter()
    for group in order:
        split: Split = "train"
        if filled["validation"] < validation * len(groups):
            split = "validation"
        elif filled["test"] < test * len(groups):
            split = "test"
        side[group] = split
        filled[split] += sizes[group]
    return [side[group] for group in groups]
