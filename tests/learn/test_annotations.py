"""Letters and bars that are drawn into patches hide particles, and never make one."""

import numpy as np
import pytest

from nanosieve.learn.annotations import annotate
from nanosieve.learn.patches import draw_batches
from nanosieve.learn.samples import DEPTH, GAP, GREY, PARTICLE, PATCH_PLANES, PLANES, WEIGHT, Sample

SIDE = 160


def patch():
    """Half particle, half ground, of middling grey."""
    planes = np.zeros((PATCH_PLANES, SIDE, SIDE), np.float32)
    planes[GREY], planes[WEIGHT] = 0.5, 1
    planes[[PARTICLE, DEPTH, GAP], :, : SIDE // 2] = 1
    return planes


@pytest.mark.parametrize("seed", range(20))
def test_annotations_are_drawn_and_what_they_hide_is_ground(seed):
    planes = patch()
    before = planes.copy()
    annotate(planes, np.random.default_rng(seed))
    drawn = planes[GREY] != before[GREY]
    assert 10 < np.count_nonzero(drawn) < drawn.size
    assert planes[GREY].min() >= 0
    assert planes[GREY].max() <= 1
    assert planes[GREY].min() == 0 or planes[GREY].max() == 1
    # nothing becomes particle, and only what is painted over stops being one
    lost = planes[PARTICLE] != before[PARTICLE]
    assert (before[PARTICLE][lost] == 1).all()
    assert drawn[lost].all()
    assert np.array_equal(planes[DEPTH], planes[PARTICLE])
    assert np.array_equal(planes[GAP], planes[PARTICLE])
    assert np.array_equal(planes[WEIGHT], before[WEIGHT])


def test_the_share_of_annotated_patches_is_what_was_asked_for():
    planes = patch()[:PLANES].astype(np.float16)
    sample = Sample(planes=planes, labels=planes[PARTICLE].astype(np.int32), width=SIDE, name="i")

    def annotated(share):
        batches = draw_batches([([sample], 1.0)], patch=SIDE, batch=10, steps=20, seed=[3], annotations=share)
        return np.mean([bool((planes[GREY] != 0.5).any()) for batch in batches for planes in batch.numpy()])

    assert annotated(0) == 0
    assert annotated(1) == 1
    # 200 throws at 0.3: a standard deviation of 0.03
    assert annotated(0.3) == pytest.approx(0.3, abs=0.1)
