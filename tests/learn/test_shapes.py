"""Calibration, classes of what was found, and the networks: each against what is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from label_images import squares
from labelled_pictures import disc_labels
from nanosieve import Micrograph
from nanosieve.errors import ModelError
from nanosieve.labelled import LabelledImage
from nanosieve.learn.learnt import Learnt
from nanosieve.learn.shapes.augmenting import ShapeAugmentation
from nanosieve.learn.shapes.calibration import (
    AT_LIMIT,
    Familiarity,
    fit_familiarity,
    fit_limit,
    never_seen,
)
from nanosieve.learn.shapes.config import ShapeAugmentationConfig, ShapeNetworkConfig, ShapeTrainingConfig
from nanosieve.learn.shapes.samples import Shapes, found_classes, labelled_shapes, simulated_picture
from nanosieve.learn.shapes.shape_set import VALIDATION_EVERY, ShapeSet
from nanosieve.learn.shapes.task import ShapeTask
from nanosieve.learn.task import Machine
from nanosieve.simulate import KINDS, Simulated, SimulationSettings
from nanosieve.simulate.settings import SE_CLASSES
from nanosieve_classifiers.alexnet import network as alexnet
from nanosieve_classifiers.alexnet.config import AlexNetConfig
from nanosieve_classifiers.resnet34 import network as resnet34

GREY, MASK = 0, 1


def test_only_large_particles_with_a_class_are_learnt():
    # radii of 10, 10, 10 and 4 px: the last is below 12 px across
    labels = disc_labels((60, 130), [(15, 30, 10), (45, 30, 10), (75, 30, 10), (105, 30, 4)]).astype(np.int32)
    image = LabelledImage(
        micrograph=Micrograph(pixels=(labels > 0).astype(np.float32)),
        labels=labels,
        name="i",
        source="s",
        group="g",
        classes={1: "rod", 2: "scrap", 4: "cube"},
    )
    shapes = labelled_shapes(image, ShapeNetworkConfig(), left_out=["scrap"])
    assert shapes.classes == ("rod",)
    assert shapes.cut_outs.shape == (1, 2, 64, 64)
    assert shapes.diameters_px == pytest.approx([20], rel=0.03)


def test_the_score_is_the_angle_to_the_tenth_nearest_of_what_was_learnt():
    # learnt particles every degree along a circle, of any length
    degrees = torch.arange(0, 90.0)
    circle = torch.stack([torch.cos(torch.deg2rad(degrees)), torch.sin(torch.deg2rad(degrees))], dim=1)
    familiarity = fit_familiarity(circle * (1 + degrees[:, None]))
    # at an end the tenth nearest is nine degrees away, in the middle five
    for at, nearest in ((0, 9), (45, 5), (-20, 29), (180, 100)):
        feature = 3 * torch.tensor([[np.cos(np.radians(at)), np.sin(np.radians(at))]], dtype=torch.float32)
        expected = 1 - np.cos(np.radians(nearest))
        assert float(familiarity.score(feature)) == pytest.approx(expected, abs=1e-5)


def test_fewer_learnt_particles_than_neighbours_are_no_obstacle():
    familiarity = fit_familiarity(torch.eye(3))
    assert familiarity.score(torch.eye(3)).tolist() == pytest.approx([1, 1, 1])
    assert familiarity.score(torch.zeros(0, 3)).shape == (0,)


def test_features_of_other_kinds_of_particles_are_strange():
    generator = torch.Generator().manual_seed(0)
    # as of AlexNet: most of 2048 features are silent, and other ones for other shapes
    centres = torch.relu(torch.randn(4, 2048, generator=generator) - 1)

    def draw(kinds):
        return torch.relu(centres[kinds] + 0.3 * torch.randn(len(kinds), 2048, generator=generator))

    familiarity = fit_familiarity(draw(torch.arange(3).repeat(100)))
    known, others = (familiarity.score(draw(torch.full((50,), kind))) for kind in (1, 3))
    assert float(others.min()) > 2 * float(known.max())


def test_familiarity_goes_through_a_file_of_tensors():
    features = torch.randn(50, 6, generator=torch.Generator().manual_seed(1))
    familiarity = fit_familiarity(features)
    again = Familiarity.from_tensors({name: t.half() for name, t in familiarity.tensors().items()})
    assert torch.allclose(again.score(features), familiarity.score(features), atol=2e-3)
    with pytest.raises(ModelError, match="holds means, rest where 'known' was expected"):
        Familiarity.from_tensors({"means": features, "rest": features})


def test_the_limit_loses_the_share_that_was_asked_for_by_weight():
    scores = np.linspace(0, 1, 1001)
    assert fit_limit(scores, np.ones(1001), 0.05) == pytest.approx(0.95, abs=0.002)
    # the upper half counts a third
    assert fit_limit(scores, np.where(scores > 0.5, 1.0, 3.0), 0.1) == pytest.approx(0.8, abs=0.002)


def test_at_the_limit_no_class_can_be_sure_any_more():
    scores = np.linspace(0, 4, 200)
    probability = never_seen(scores, 1.3)
    assert (np.diff(probability) > 0).all()
    assert probability[0] < 1e-3
    assert probability[-1] > 0.999
    at_limit = never_seen(np.array([1.3]), 1.3)[0]
    assert at_limit == pytest.approx(AT_LIMIT)
    # Bals and Epple accept a class from 75 % on, and 70 % are left
    assert 1 - at_limit <= 0.7


def simulated(kind, truth, classes):
    """A simulated picture of which only labels and classes matter."""
    return Simulated(
        kind=kind,
        pixels=np.zeros(truth.shape, np.uint8),
        labels=truth,
        coverage=(truth > 0).astype(np.float32),
        particles=pd.DataFrame({"class": classes}),
        outlines=(),
        settings=SimulationSettings(),
        seed=0,
    )


def test_what_was_found_as_one_gets_the_class_of_what_holds_several():
    truth = squares((10, 10), (10, 30), (60, 60))
    merged = squares((0, 0), (60, 60))
    merged[merged == 1] = 0
    merged[10:30, 10:50] = 1
    for kind, several in (("se", "covered"), ("stem_bf", "agglomerate"), ("stem_df", "agglomerate")):
        found = found_classes(merged, simulated(kind, truth, ["cube", "cube", "rod"]))
        assert found == {1: several, 2: "rod"}


def test_found_particles_have_the_class_of_what_they_overlap():
    truth = squares((10, 10), (60, 60))
    picture = simulated("se", truth, ["cube", "covered"])
    # moved by 2 px: 18^2 of 2 x 20^2 - 18^2 px are shared, an IoU of 0.68
    assert found_classes(squares((12, 12), (62, 58)), picture) == {1: "cube", 2: "covered"}
    # moved by 8 px: 12^2 of 656 px, 0.22, so it is not known what it is
    assert found_classes(squares((18, 18)), picture) == {}
    # where nothing is
    assert found_classes(squares((10, 60)), picture) == {}


def test_a_sliver_of_a_neighbour_makes_no_agglomerate():
    truth = squares((10, 10), (10, 30))
    # 20 and 4 columns of 24: the neighbour has 17 % of what was found, less than a fifth
    found = np.zeros_like(truth)
    found[10:30, 10:34] = 1
    assert found_classes(found, simulated("stem_bf", truth, ["square", "square"])) == {1: "square"}
    found[10:30, 34:36] = 1  # 6 of 26: 23 %
    assert found_classes(found, simulated("stem_bf", truth, ["square", "square"])) == {1: "agglomerate"}


def test_simulated_pictures_show_others_only_where_asked_for():
    known, asked = {*SE_CLASSES, "covered"}, {"cross", "screw"}
    plain = {name for seed in range(6) for name in simulated_picture("se", seed).particles["class"]}
    assert plain <= known
    odd = {
        name
        for seed in range(6)
        for name in simulated_picture("se", seed, ("cross", "screw")).particles["class"]
    }
    assert asked <= odd <= known | asked


def test_each_kind_of_picture_is_among_those_for_validation():
    for count in range(1, len(KINDS) + 1):
        assert {index % count for index in range(0, 100, VALIDATION_EVERY)} == set(range(count))


def test_more_particles_are_covered_where_more_pictures_show_piles():
    apart, piled = (
        [
            name
            for seed in range(8)
            for name in simulated_picture("se", seed, crowded=share).particles["class"]
        ]
        for share in (0.0, 1.0)
    )
    assert apart.count("covered") / len(apart) < 0.5 * piled.count("covered") / len(piled)


@pytest.mark.parametrize("place", [(0, 40), (80, 40), (40, 0), (40, 80)])
def test_particles_at_the_edge_are_not_learnt(place):
    truth = squares(place, (40, 40))
    assert found_classes(truth, simulated("se", truth, ["cube", "rod"])) == {2: "rod"}


def shapes_of(counts, tint):
    """Cut-outs whose grey value tells where they are from."""
    classes = [name for name, count in counts.items() for _ in range(count)]
    planes = np.full((len(classes), 2, 32, 32), tint, np.uint8)
    return Shapes(planes, tuple(classes), np.full(len(classes), 20.0))


def task_of(train, made, **training):
    learnt = Learnt(
        images=(),
        sources={},
        groups=1,
        diameters_px=(20, 20),
        pixel_sizes_nm=None,
        validation_images=1,
        digest="d",
    )
    shapes = ShapeSet(
        classes=tuple(sorted({**train, **made})),
        train=shapes_of(train, 50),
        simulated=shapes_of(made, 200),
        validation=shapes_of(train, 50),
        labelled=sum(train.values()),
        learnt=learnt,
    )
    return ShapeTask(shapes, ShapeTrainingConfig(batch=64, **training))


def test_labelled_particles_have_the_share_in_the_calibration_that_was_asked_for():
    task = task_of({"cube": 30, "rod": 10}, {"cube": 5})
    assert (task.set.validation_weights(0.2) == 1).all()
    weights = replace(task.set, labelled=8).validation_weights(0.2)
    assert weights.sum() == pytest.approx(40)
    assert weights[:8].sum() == pytest.approx(8)
    assert np.unique(weights[:8]).size == np.unique(weights[8:]).size == 1


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_class_weights_make_all_classes_count_the_same(share):
    train, made = {"cube": 300, "rod": 40, "star": 10}, {"cube": 50, "rod": 50} if share else {}
    task = task_of(train, made, simulated=share)
    drawn = np.concatenate([classes.numpy() for _, classes in task.batches(400, [1])])
    sums = np.bincount(drawn) * task.weights.numpy()
    # the rarest is drawn some 700 of 25,600 times or 500 where a third is simulated: known to 5 %
    assert sums / sums.mean() == pytest.approx(np.ones(3), abs=0.15)
    # the learning rate means the same with and without weights
    assert float(task.weights[torch.from_numpy(drawn)].mean()) == pytest.approx(1, abs=0.05)
    assert task_of(train, made, simulated=share, class_weights=False).weights is None


def test_the_share_of_simulated_cut_outs_is_that_of_the_options():
    task = task_of({"cube": 300, "rod": 3}, {"rod": 5}, simulated=0.3)
    planes = torch.cat([planes for planes, _ in task.batches(100, [0])])
    assert float((planes[:, 0, 0, 0] == 200).float().mean()) == pytest.approx(0.3, abs=0.03)
    assert task.items == 308


def test_the_same_seed_draws_the_same_cut_outs_and_another_epoch_others():
    task = task_of({"cube": 300, "rod": 100}, {})

    def classes(seed):
        return next(task.batches(1, seed))[1]

    assert torch.equal(classes([0, 1, 0]), classes([0, 1, 0]))
    assert not torch.equal(classes([0, 1, 0]), classes([0, 2, 0]))


class AlwaysFirst(nn.Module):
    """Answers the first class, whatever it is shown."""

    def forward(self, planes):
        return torch.tensor([[1.0, 0.0]]).repeat(len(planes), 1)


def test_the_validation_score_is_no_better_for_a_common_class():
    task = task_of({"cube": 570, "rod": 30}, {})
    done = []
    machine = Machine(torch.device("cpu"), torch.float32)
    score = task.validate(AlwaysFirst(), 1, machine, lambda now, total: done.append((now, total)))
    # all cubes are right and no rod is, although 95 % of the particles are cubes
    assert score == pytest.approx(0.5)
    assert done[-1] == (600, 600)


def test_grey_and_mask_are_moved_together_and_grey_alone_is_changed():
    torch.manual_seed(0)
    mask = torch.from_numpy((disc_labels((64, 64), [(25, 32, 12)]) > 0).astype(np.float32))
    planes = mask.expand(16, 2, 64, 64)
    still = ShapeAugmentationConfig(brightness=0, contrast=0, noise=0)
    moved = ShapeAugmentation(still)(planes)
    assert not torch.allclose(moved, planes, atol=0.1)
    assert torch.allclose(moved[:, GREY], moved[:, MASK], atol=1e-5)
    # made smaller only: no particle grows out of its cut-out
    assert float(moved[:, MASK].sum(dim=(1, 2)).max()) <= float(mask.sum()) * 1.03
    fixed = ShapeAugmentationConfig(flip=False, rotation=0, zoom=0, shift=0)
    changed = ShapeAugmentation(fixed)(planes)
    assert torch.equal(changed[:, MASK], planes[:, MASK])
    assert not torch.equal(changed[:, GREY], planes[:, GREY])
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1


@pytest.mark.parametrize(("size", "first", "others"), [(224, 55, 13), (64, 15, 3)])
def test_the_layers_of_alexnet_answer_as_its_table_says(size, first, others):
    network = alexnet.make_network(AlexNetConfig(size=size), classes=7).eval()
    shapes = []
    for module in network.modules():
        # what follows a convolution and its maximum or mean
        if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AdaptiveAvgPool2d | nn.Linear):
            module.register_forward_hook(
                lambda module, _, answer: shapes.append((type(module).__name__, tuple(answer.shape[1:])))
            )
    with torch.inference_mode():
        network(torch.zeros(1, 2, size, size))
    assert [shape for name, shape in shapes if name == "MaxPool2d"] == [
        (96, first, first),
        (256, others, others),
    ]
    convolutions = [shape for name, shape in shapes if name == "Conv2d"]
    assert convolutions[2:] == [(384, others, others), (384, others, others), (256, others, others)]
    assert [shape for name, shape in shapes if name == "AdaptiveAvgPool2d"] == [(256, 3, 3)]
    assert [shape for name, shape in shapes if name == "Linear"] == [(2048,), (2048,), (7,)]


@pytest.mark.parametrize("size", [32, 96])
def test_alexnet_takes_cut_outs_of_other_sizes(size):
    network = alexnet.make_network(AlexNetConfig(mask=False), classes=3).eval()
    with torch.inference_mode():
        features = network.features(torch.zeros(2, 1, size, size))
        assert features.shape == (2, 2048)
        assert torch.equal(network.head(features), network(torch.zeros(2, 1, size, size)))


def test_alexnet_begins_with_he_initialisation():
    torch.manual_seed(0)
    network = alexnet.make_network(AlexNetConfig(), classes=7)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear) and module is not network.last:
            fan_in = module.weight[0].numel()
            # the standard deviation of n normal numbers is known to 1 / sqrt(2 n): 1 % for the 9,408 of the first
            assert float(module.weight.detach().std()) == pytest.approx(np.sqrt(2 / fan_in), rel=0.04)
            assert float(module.weight.detach().mean()) == pytest.approx(0, abs=0.05 * np.sqrt(2 / fan_in))


def test_the_dropout_of_alexnet_acts_in_training_only():
    torch.manual_seed(0)
    network = alexnet.make_network(AlexNetConfig(dropout=0.5), classes=2)
    zeros = (network.train().features(torch.rand(8, 2, 64, 64)) == 0).float().mean()
    # half of the units are silenced beside those that ReLU silences
    assert float(zeros) > 0.6
    network.eval()
    planes = torch.rand(2, 2, 64, 64)
    assert torch.equal(network(planes), network(planes))


@pytest.mark.parametrize(("mask", "channels"), [(False, 1), (True, 2)])
def test_resnet34_has_21_million_parameters_and_takes_one_or_two_channels(mask, channels):
    network = resnet34.make_network(ShapeNetworkConfig(mask=mask), classes=10).eval()
    count = sum(parameter.numel() for parameter in network.parameters())
    # 21.8 million with 1000 classes and three channels (He et al. 2016), of which 0.5 million for the classes
    assert count == pytest.approx(21.3e6, rel=0.005)
    planes = torch.rand(2, channels, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        features = network.features(planes)
        assert features.shape == (2, 512)
        # the two parts are what the network does as a whole
        assert torch.allclose(network.head(features), network.body(planes), atol=1e-5)
