"""Targets, losses, augmentation and the way from maps to particles: each against what is known."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.segmentation import find_boundaries

from labelled_pictures import disc_labels
from nanosieve import Micrograph
from nanosieve.errors import UsageError
from nanosieve.labelled import LabelledImage, open_gaps
from nanosieve.learn.augmenting import Augmentation
from nanosieve.learn.config import AugmentationConfig, TrainingConfig
from nanosieve.learn.instances import find_instances
from nanosieve.learn.losses import segmentation_loss
from nanosieve.learn.normalising import normalise
from nanosieve.learn.patches import draw_batches, patches_in
from nanosieve.learn.samples import DEPTH, GAP, GREY, PARTICLE, WEIGHT, in_scale, make_sample
from nanosieve.learn.schedule import learning_rate
from nanosieve.learn.targets import depth_in_particles, gaps_between

SHAPE = (96, 128)
OPTIONS = {"threshold": 0.5, "prominence": 0.1, "least_depth": 0.4, "least_px": 12}
TOUCHING = [(40, 48, 20), (79.5, 48, 20)]


def sample_of(labels, grey=None, **micrograph):
    grey = (labels > 0).astype(np.float32) if grey is None else grey
    image = LabelledImage(
        micrograph=Micrograph(pixels=grey, **micrograph),
        labels=labels.astype(np.int32),
        name="i",
        source="s",
        group="g",
    )
    return make_sample(image, lambda labels, pixels: np.ones(labels.shape, np.float32))


def test_depth_is_one_in_the_middle_of_large_and_small_particles():
    labels = disc_labels(SHAPE, [(30, 40, 25), (100, 60, 6)]).astype(np.int32)
    depth = depth_in_particles(labels)
    assert depth[40, 30] == depth[60, 100] == 1
    assert (depth[labels == 0] == 0).all()
    # half way from the edge to the middle
    assert depth[40, 30 + 12] == pytest.approx(0.52, abs=0.03)


def test_touching_particles_are_parted_where_their_depth_has_two_middles():
    labels = open_gaps(disc_labels(SHAPE, TOUCHING).astype(np.int32))
    depth = depth_in_particles(labels)
    # a network misses so thin a gap
    foreground = (disc_labels(SHAPE, TOUCHING) > 0).astype(np.float32)
    together = find_instances(foreground, None, **OPTIONS)
    apart = find_instances(foreground, depth, **OPTIONS)
    assert together.max() == 1
    assert apart.max() == 2
    assert np.array_equal(apart > 0, foreground > 0)
    # the cut is where the discs touch
    assert abs(np.argwhere(find_boundaries(apart, mode="inner") & (apart == 1))[:, 1].max() - 60) <= 2


def test_a_neck_parts_small_particles_beside_a_large_one():
    # two small discs that overlap, on a large one; the network saw no difference between them
    discs = disc_labels((130, 170), [(60, 65, 45), (112, 65, 9), (127, 65, 9)])
    foreground = (discs > 0).astype(np.float32)
    found = find_instances(foreground, 0.6 * foreground, **OPTIONS)
    assert found.max() == 3
    assert len({found[65, 60], found[65, 112], found[65, 128]}) == 3


def test_a_single_particle_of_uneven_depth_stays_whole():
    labels = disc_labels(SHAPE, [(60, 48, 30)]).astype(np.int32)
    noise = np.random.default_rng(0).normal(0, 0.03, SHAPE)
    depth = (depth_in_particles(labels) + noise).astype(np.float32)
    found = find_instances((labels > 0).astype(np.float32), depth, **OPTIONS)
    assert found.max() == 1


@pytest.mark.parametrize("lower", [0, 1e-5, 1e-3, 0.02])
def test_two_tops_of_almost_the_same_height_are_one_middle(lower):
    # a bar as deep all along its axis, but for two tops that rise by less than the prominence
    labels = np.zeros(SHAPE, np.int32)
    labels[34:63, 20:108] = 1
    rows, columns = np.indices(SHAPE)
    depth = 0.6 * (labels > 0).astype(np.float32)
    for column, rise in ((52, 0.15), (76, 0.15 - lower)):
        depth += rise * np.exp(-((columns - column) ** 2 + (rows - 48) ** 2) / 18).astype(np.float32)
    assert np.array_equal(find_instances((labels > 0).astype(np.float32), depth, **OPTIONS), labels)


def test_what_has_an_edge_but_no_middle_is_no_particle():
    labels = disc_labels(SHAPE, [(30, 40, 20), (90, 60, 20)]).astype(np.int32)
    depth = depth_in_particles(labels)
    # of the second the network says that it is particle, but nowhere deep
    depth[labels == 2] *= 0.3
    found = find_instances((labels > 0).astype(np.float32), depth, **OPTIONS)
    assert np.array_equal(found > 0, labels == 1)


def test_a_gap_parts_what_has_neither_neck_nor_two_depths():
    # a bar of two squares, whose outline says nothing
    labels = np.zeros(SHAPE, np.int32)
    labels[30:60, 20:60], labels[30:60, 60:100] = 1, 2
    foreground = (labels > 0).astype(np.float32)
    gap = gaps_between(labels)
    depth = 0.6 * foreground
    assert find_instances(foreground, depth, **OPTIONS).max() == 1
    assert np.array_equal(find_instances(foreground, depth, gap, **OPTIONS), labels)


def test_what_hangs_on_by_a_corner_joins_no_other_particle():
    # two pairs; a speck touches the second one at a corner only
    discs = [(20, 25, 12), (42, 25, 12), (20, 70, 12), (42, 70, 12)]
    labels = disc_labels(SHAPE, discs).astype(np.int32)
    corner = np.argwhere(labels[:, :21] > 0)
    y, x = corner[corner[:, 0].argmax()]
    assert labels[y + 1, x - 1] == 0
    labels[y + 1, x - 1] = labels[y, x]
    foreground = (labels > 0).astype(np.float32)
    found = find_instances(foreground, depth_in_particles(labels), **OPTIONS)
    for number in range(1, found.max() + 1):
        assert ndimage.label(found == number, np.ones((3, 3)))[1] == 1


def test_what_a_gap_cuts_off_of_an_edge_is_no_particle():
    # the network says that another particle is near, where there is only a corner
    labels = disc_labels(SHAPE, [(60, 48, 30)]).astype(np.int32)
    foreground = (labels > 0).astype(np.float32)
    depth = depth_in_particles(labels)
    gap = np.zeros(SHAPE, np.float32)
    gap[:, 82:86] = 1
    assert np.array_equal(find_instances(foreground, depth, gap, **OPTIONS), labels)


def test_a_gap_is_where_two_particles_are_near():
    labels = disc_labels((60, 90), [(20, 30, 14), (50, 30, 14), (80, 30, 8)]).astype(np.int32)
    gap = gaps_between(labels)
    # brute force: the two nearest of different particles within two pixels
    far = [ndimage.distance_transform_edt(labels != number) for number in (1, 2, 3)]
    second = np.sort(far, axis=0)[1]
    assert gap[second <= 2].all()
    # OpenCV's disc of five pixels reaches as far as its corners
    assert not gap[second > np.sqrt(5)].any()
    assert gap[30, 35] == 1
    # five pixels are between the second and the third
    assert not gap[:, 65:].any()


def test_nothing_found_is_a_valid_answer():
    nothing = np.zeros(SHAPE, np.float32)
    assert not find_instances(nothing, nothing, **OPTIONS).any()
    assert not find_instances(nothing, nothing, nothing, **OPTIONS).any()


def test_pixels_that_are_not_valid_do_not_count_and_touching_particles_get_a_gap():
    valid = np.ones(SHAPE, bool)
    valid[:10] = False
    sample = sample_of(disc_labels(SHAPE, TOUCHING), valid=valid)
    assert (sample.planes[WEIGHT][:10] == 0).all()
    assert (sample.planes[WEIGHT][10:] == 1).all()
    # the row through both centres is particle, gap, particle
    row = sample.planes[PARTICLE][48]
    assert np.count_nonzero(np.diff(row.astype(int))) == 4


def test_dark_particles_become_bright():
    labels = disc_labels(SHAPE, TOUCHING)
    bright = (0.2 + 0.5 * (labels > 0)).astype(np.float32)
    seen = normalise(Micrograph(pixels=bright, polarity="bright"))
    assert np.allclose(seen, normalise(Micrograph(pixels=1 - bright, polarity="dark")), atol=1e-6)
    assert seen[48, 40] == 1
    assert seen[0, 0] == 0


def test_a_picture_of_one_grey_is_grey():
    assert (normalise(Micrograph(pixels=np.full(SHAPE, 0.7, np.float32))) == 0.5).all()


def test_annotations_do_not_stretch_the_grey_values():
    grey = np.linspace(0.4, 0.5, SHAPE[0] * SHAPE[1], dtype=np.float32).reshape(SHAPE)
    grey[:20, :20] = 1
    valid = grey < 0.9
    seen = normalise(Micrograph(pixels=grey, valid=valid))
    assert seen[valid].mean() == pytest.approx(0.5, abs=0.02)


def test_the_loss_is_weighted_cross_entropy():
    logits = torch.tensor([0.3, -1.2, 2.0, 0.0]).reshape(1, 1, 2, 2)
    planes = torch.zeros(1, 4, 2, 2)
    planes[:, PARTICLE] = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    planes[:, WEIGHT] = torch.tensor([[1.0, 5.0], [2.0, 0.0]])
    loss = segmentation_loss(logits, planes, dice=0, second_head=1)
    p = 1 / (1 + np.exp(-np.array([0.3, -1.2, 2.0])))
    by_hand = -(np.log(p[0]) + 5 * np.log(1 - p[1]) + 2 * np.log(p[2])) / 8
    assert float(loss) == pytest.approx(by_hand, abs=1e-6)


def test_dice_is_nearly_zero_for_the_right_answer_and_one_for_the_opposite():
    particle = torch.zeros(1, 64, 64)
    particle[:, :32] = 1
    planes = torch.stack([particle, particle, torch.ones_like(particle), particle], dim=1)
    logits = (particle * 2 - 1).unsqueeze(1) * 30
    assert float(segmentation_loss(logits, planes, dice=1, second_head=0)) < 1e-3
    assert float(segmentation_loss(-logits, planes, dice=1, second_head=0)) > 0.999


def test_gaps_count_four_times_and_half_by_dice():
    planes = torch.zeros(1, 5, 2, 2)
    planes[:, WEIGHT] = 1
    planes[:, GAP, 0, 0] = 1
    logits = torch.zeros(1, 3, 2, 2)
    logits[0, 2] = torch.tensor([[1.5, -0.5], [-2.0, 0.0]])
    p = 1 / (1 + np.exp(-np.array([1.5, -0.5, -2.0, 0.0])))
    entropy = -(4 * np.log(p[0]) + np.log(1 - p[1:]).sum()) / 7
    dice = 1 - (2 * p[0] + 1) / (p.sum() + 1 + 1)
    # the other two answers are all 0.5
    others = np.log(2) + 3 * np.log(2)
    loss = segmentation_loss(logits, planes, dice=0, second_head=3)
    assert float(loss) == pytest.approx(others + 3 * (entropy + dice) / 2, abs=1e-6)


def test_what_does_not_count_changes_no_loss():
    generator = torch.Generator().manual_seed(0)
    planes = torch.rand(2, 5, 16, 16, generator=generator)
    planes[:, PARTICLE] = planes[:, PARTICLE].round()
    planes[:, WEIGHT, :8] = 0
    logits = torch.randn(2, 3, 16, 16, generator=generator)
    changed = logits.clone()
    changed[:, :, :8] = 17
    first, second = (segmentation_loss(each, planes, dice=0.5, second_head=1) for each in (logits, changed))
    assert float(first) == pytest.approx(float(second), abs=1e-6)


def test_image_target_and_weights_are_moved_together():
    torch.manual_seed(3)
    labels = disc_labels((128, 128), [(64, 40, 25), (90, 95, 18)])
    plane = torch.from_numpy((labels > 0).astype(np.float32))
    planes = plane.expand(8, 4, 128, 128).clone()
    quiet = AugmentationConfig(brightness=0, contrast=0, moved=1)
    moved = Augmentation(quiet)(planes)
    assert not torch.allclose(moved[:, GREY], planes[:, GREY])
    for other in (PARTICLE, WEIGHT, DEPTH):
        assert torch.allclose(moved[:, GREY], moved[:, other], atol=1e-5)
    # eight patches, eight different moves
    assert len({float(patch[GREY].sum()) for patch in moved}) == 8


def test_each_augmentation_of_grey_changes_grey_only():
    for option in ("noise", "blur", "inversion", "gamma", "charging", "brightness", "contrast"):
        torch.manual_seed(0)
        planes = torch.rand(16, 4, 32, 32)
        still = {"flip": False, "rotation": 0, "shear": 0, "zoom": 0, "brightness": 0, "contrast": 0}
        changed = Augmentation(AugmentationConfig(**{**still, option: 0.9}))(planes)
        assert not torch.equal(changed[:, GREY], planes[:, GREY]), option
        assert torch.equal(changed[:, GREY + 1 :], planes[:, GREY + 1 :]), option
        assert 0 <= float(changed.min()) <= float(changed.max()) <= 1


def test_further_augmentations_are_classes_of_kornia():
    augment = Augmentation(AugmentationConfig(further=({"name": "RandomErasing", "p": 1.0},)))
    assert "RandomErasing" in str(augment)
    with pytest.raises(UsageError, match="has no class 'RandomErase'"):
        Augmentation(AugmentationConfig(further=({"name": "RandomErase"},)))
    with pytest.raises(UsageError, match="RandomErasing refuses"):
        Augmentation(AugmentationConfig(further=({"name": "RandomErasing", "probability": 1.0},)))


def test_the_chance_of_a_patch_is_the_area_of_its_image():
    small, large = np.full((64, 64), 0.25, np.float32), np.full((192, 64), 0.75, np.float32)
    # of an image of one grey the network sees 0.5, so the plane of weights tells them apart
    samples = [sample_of(np.ones(grey.shape, np.int32), grey) for grey in (small, large)]
    samples[0].planes[WEIGHT] = 2
    drawn = draw_batches([(samples, 1.0)], patch=32, batch=10, steps=200, seed=[1])
    share = np.mean([float(patch[WEIGHT, 0, 0]) == 2 for batch in drawn for patch in batch])
    assert share == pytest.approx(0.25, abs=0.03)
    assert patches_in(samples, 32) == 16


def test_the_same_seed_draws_the_same_patches_and_another_epoch_others():
    samples = [sample_of(disc_labels(SHAPE, TOUCHING), np.random.default_rng(0).random(SHAPE, np.float32))]

    def draw(seed):
        return next(draw_batches([(samples, 1.0)], patch=32, batch=4, steps=1, seed=seed))

    assert torch.equal(draw([0, 1, 0]), draw([0, 1, 0]))
    assert not torch.equal(draw([0, 1, 0]), draw([0, 2, 0]))


@pytest.mark.parametrize("factor", [0.5, 2])
def test_a_magnified_patch_shows_particles_in_another_size(factor):
    # one disc in the middle of an image that the patch covers as a whole
    radius, patch = 24, 96
    side = round(patch / factor)
    sample = sample_of(disc_labels((side, side), [(side / 2 - 0.5, side / 2 - 0.5, radius * side / 96)]))
    pools = [([sample], 1.0)]
    (planes,) = next(
        draw_batches(pools, patch=patch, batch=1, steps=1, seed=[0], magnification=(factor, factor))
    )
    assert planes.shape == (5, patch, patch)
    assert float(planes[PARTICLE].sum()) == pytest.approx(np.pi * radius**2, rel=0.02)
    assert (planes[WEIGHT] == 1).all()
    # from the edge to the middle the depth rises evenly, at any size
    assert float(planes[DEPTH, 48, 48 + radius // 2]) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("radius", [6, 60])
def test_images_are_magnified_to_particles_of_the_widths_asked_for(radius):
    side = 3 * radius
    sample = sample_of(disc_labels((side, side), [(side // 2, side // 2, radius)]))
    assert sample.width == pytest.approx(2 * radius, abs=1)
    (planes,) = next(draw_batches([([sample], 1.0)], patch=96, batch=1, steps=1, seed=[0], widths=(32, 32)))
    counted = planes[WEIGHT] > 0
    assert float(planes[PARTICLE][counted].sum()) == pytest.approx(np.pi * 16**2, rel=0.1)


@pytest.mark.parametrize(
    ("radius", "magnified"), [(6, 4), (20, np.sqrt(16 * 120) * 1.5 / 40), (50, 1), (120, 80 / 240)]
)
def test_validation_images_are_seen_as_they_are_segmented(radius, magnified):
    # of 16 to 120 px 43.8 px is the geometric middle; four times is the most, and above 120 px it is reduced to 80 px
    side = 3 * radius
    labels = disc_labels((side, side), [(side // 2, side // 2, radius)]).astype(np.int32)
    grey = (labels > 0).astype(np.float32)
    image = LabelledImage(micrograph=Micrograph(pixels=grey), labels=labels, name="i", source="s", group="g")
    seen = in_scale(image, (16, 120))
    assert seen.labels.shape == seen.micrograph.shape
    assert seen.labels.shape[0] == pytest.approx(side * magnified, abs=2)
    assert np.count_nonzero(seen.labels) == pytest.approx(np.pi * (radius * magnified) ** 2, rel=0.05)


def test_a_magnified_gap_stays_as_wide():
    labels = np.ones((48, 48), np.int32)
    labels[:, 24:] = 2
    for factor in (1, 4):
        patch = 48
        (planes,) = next(
            draw_batches(
                [([sample_of(labels)], 1.0)],
                patch=patch,
                batch=1,
                steps=1,
                seed=[1],
                magnification=(factor, factor),
            )
        )
        assert set(planes[GAP].sum(axis=1).tolist()) <= {0.0, 4.0}


def test_the_least_magnification_comes_first():
    with pytest.raises(ValueError, match=r"widths = \[90, 30\]: the least comes first"):
        TrainingConfig(widths=(90, 30))
    with pytest.raises(ValueError, match="the least comes first"):
        TrainingConfig(magnification=(2, 1))


def test_an_image_smaller_than_a_patch_is_mirrored_but_mirrors_do_not_count():
    sample = sample_of(
        disc_labels((20, 30), [(15, 10, 6)]), np.random.default_rng(0).random((20, 30), np.float32)
    )
    (patch,) = next(draw_batches([([sample], 1.0)], patch=64, batch=1, steps=1, seed=[0]))
    assert (patch[WEIGHT, :20, :30] == 1).all()
    assert (patch[WEIGHT, 20:] == 0).all()
    assert torch.equal(patch[GREY, 20], patch[GREY, 19])


def test_the_learning_rate_rises_and_falls_as_a_cosine():
    config = TrainingConfig(learning_rate=1.0, warmup=0.1, schedule="cosine")
    assert learning_rate(0.05, config) == pytest.approx(0.5)
    assert learning_rate(0.1, config) == pytest.approx(1)
    # half way down from 1 to 0.01
    assert learning_rate(0.55, config) == pytest.approx(0.505)
    assert learning_rate(1.0, config) == pytest.approx(0.01)
    assert learning_rate(1.0, TrainingConfig(learning_rate=1.0, schedule="constant")) == 1
