"""Training a classifier: from labelled pictures to the classes in the tables of an analysis."""

import csv
import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from torch import nn

from labelled_pictures import write_png
from nanosieve import ClassifierSpec, Host, Micrograph, Segmentation, hookimpl
from nanosieve.errors import DataError, ModelError, UsageError
from nanosieve.learn.checkpoints import load_tensors
from nanosieve.learn.shapes.config import ShapeNetworkConfig, ShapeTrainingConfig
from nanosieve.learn.shapes.fitting_shapes import fit_shapes
from nanosieve.learn.shapes.network_classifier import build_classifier
from nanosieve.loading import load_classifier
from nanosieve.models import WEIGHTS, read_bundle
from nanosieve.particles import cut_particles
from nanosieve.recipes import make_job, train_model

SHAPE = (256, 256)
SHAPES = ("circle", "square")


class TinyNetwork(nn.Module):
    """Three convolutions and the mean over all places: learns circles and squares in seconds."""

    def __init__(self, channels, classes):
        super().__init__()
        widths = [channels, 16, 32, 32]
        layers = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten())
        self.last = nn.Linear(128, classes)

    def features(self, planes):
        return self.body(planes)

    def head(self, features):
        return self.last(features)

    def forward(self, planes):
        return self.head(self.features(planes))


def make_tiny(config, classes):
    return TinyNetwork(config.channels, classes)


class TinyPlugin:
    @hookimpl
    def nanosieve_classifiers(self):
        yield ClassifierSpec(
            name="tiny",
            summary="Three convolutions.",
            build=lambda context: build_classifier(make_tiny, context),
            config=ShapeNetworkConfig,
            fit=lambda job: fit_shapes(make_tiny, job),
            training=ShapeTrainingConfig,
        )


HOST = Host(TinyPlugin())


def reach(name, u, v):
    """How far out a place is: 1 on the outline of a shape of half-width 1."""
    if name == "circle":
        return np.hypot(u, v)
    square = np.maximum(abs(u), abs(v))
    return square if name == "square" else np.maximum(square, 3 * np.minimum(abs(u), abs(v)))


def draw_shapes(seed, count=20, shapes=SHAPES):
    """Grey values, labels and classes of circles, turned squares or crosses of 16 to 22 px that lie apart."""
    generator = np.random.default_rng(seed)
    y, x = np.indices(SHAPE, dtype=float)
    covered, labels = np.zeros(SHAPE), np.zeros(SHAPE, np.uint16)
    places, classes = [], {}
    while len(places) < count:
        at = generator.uniform(20, 236, 2)
        if any(np.hypot(*(at - other)) < 34 for other in places):
            continue
        places.append(at)
        number, radius, angle = len(places), generator.uniform(8, 11), generator.uniform(0, np.pi)
        classes[number] = shapes[number % len(shapes)]
        u = np.cos(angle) * (x - at[1]) + np.sin(angle) * (y - at[0])
        v = np.cos(angle) * (y - at[0]) - np.sin(angle) * (x - at[1])
        out = reach(classes[number], u, v)
        covered = np.maximum(covered, np.clip(radius - out + 0.5, 0, 1))
        labels[out < radius] = number
    grey = 60 + 120 * covered + generator.normal(0, 5, SHAPE)
    return np.clip(grey, 0, 255).astype(np.uint8), labels, classes


SOURCE = """
[[source]]
name = "{split}"
images = "images"
labels = "labels"
classes = "{split}.csv"
split = "{split}"
data_bar = false
polarity = "bright"
"""


def write_shapes(folder, train=8, validation=2, named=lambda split, name: name, shapes=SHAPES):
    """Pictures of these shapes, and ``data.toml``; `named` says what each particle is called, None to skip."""
    for split, seeds in (("train", range(train)), ("validation", range(train, train + validation))):
        rows = ["image,instance,class"]
        for seed in seeds:
            grey, labels, classes = draw_shapes(seed, shapes=shapes)
            write_png(folder / "images" / f"{seed}.png", grey)
            write_png(folder / "labels" / f"{seed}.png", labels)
            for number, name in classes.items():
                called = named(split, name)
                if called is not None:
                    rows.append(f"{seed},{number},{called}")
        (folder / f"{split}.csv").write_text("\n".join(rows) + "\n")
    (folder / "data.toml").write_text("".join(SOURCE.format(split=s) for s in ("train", "validation")))
    return folder


RECIPE = """
name = "shapes"
plugin = "{plugin}"
data = "data.toml"
[model]
size = 32
[training]
epochs = {epochs}
batch = 16
learning_rate = {rate}
average = 0.8
excluded_classes = ["square", "covered"]
{more}
"""


def write_recipe(folder, *, plugin="tiny", epochs=3, rate=5e-3, more=""):
    path = folder / "recipe.toml"
    path.write_text(RECIPE.format(plugin=plugin, epochs=epochs, rate=rate, more=more))
    return path


def train(recipe, out, *, resume=False, report=lambda progress: None, host=HOST):
    job = make_job(recipe, out, host, resume=resume, device="cpu", kind="classifier")
    return train_model(job, host, report, "classifier")


def weights_of(folder):
    tensors, _ = load_tensors(folder / WEIGHTS)
    return {name: tensor.numpy() for name, tensor in tensors.items()}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_shapes(tmp_path_factory.mktemp("shapes"))


@pytest.fixture(scope="module")
def trained(pictures):
    """The bundle of a tiny network that learnt to tell circles from squares."""
    return train(write_recipe(pictures, epochs=12), pictures / "run")


def particles_of(seed):
    """Particles of a picture that was not learnt from, and what they are."""
    grey, labels, classes = draw_shapes(seed)
    micrograph = Micrograph(pixels=(grey / 255).astype(np.float32), polarity="bright")
    return cut_particles(micrograph, Segmentation(labels=labels.astype(np.int32))), list(classes.values())


def test_a_network_learns_to_tell_shapes_that_it_never_saw(trained):
    classifier = load_classifier(str(trained), HOST).tool
    assert tuple(classifier.classes) == ("circle", "square", "unknown")
    particles, truth = particles_of(99)
    probabilities = classifier.classify(particles)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    known = np.array(classifier.classes)[probabilities[:, :2].argmax(axis=1)]
    right = known == np.array(truth)
    assert np.mean([right[np.array(truth) == name].mean() for name in SHAPES]) > 0.9
    # of circles and squares few may look like a shape that was never seen: 4 % of those of validation do
    assert (probabilities[:, 2] < 0.5).mean() > 0.75


def test_answers_do_not_depend_on_order_batch_or_company(trained):
    particles, _ = particles_of(98)
    answers = load_classifier(str(trained), HOST).tool.classify(particles)
    few = load_classifier(str(trained), HOST, {"batch": 3}).tool
    backwards = np.arange(20)[::-1]
    assert few.classify(particles.take(backwards)) == pytest.approx(answers[backwards], abs=1e-4)
    assert few.classify(particles.take([7])) == pytest.approx(answers[[7]], abs=1e-4)
    assert few.classify(particles.take([])).shape == (0, 3)


def test_what_looks_like_nothing_that_was_learnt_is_unknown(trained):
    classifier = load_classifier(str(trained), HOST).tool
    particles, _ = particles_of(97)
    familiar = classifier.classify(particles)[:, 2].mean()
    # the same grey values, but outlines like a chequerboard
    y, x = np.indices(particles.micrograph.shape)
    labels = np.where((x // 4 + y // 4) % 2 == 0, particles.segmentation.labels, 0).astype(np.int32)
    strange = classifier.classify(cut_particles(particles.micrograph, Segmentation(labels=labels)))[
        :, 2
    ].mean()
    assert strange > 0.7 > 0.1 > familiar


def test_the_bundle_says_how_it_came_to_be(trained):
    card = read_bundle(trained).card
    assert (card.kind, card.plugin, card.classes) == ("classifier", "tiny", SHAPES)
    # only classes that were learnt can be excluded
    assert card.excluded_classes == ("square",)
    assert set(card.calibration) == {"temperature", "limit", *(f"bias_{name}" for name in SHAPES)}
    # cosine distances of familiar shapes
    assert 0 < card.calibration["limit"] < 0.5
    assert card.config["size"] == 32
    assert card.training.sources == {"train": 8}
    assert card.training.validation_images == 2
    assert card.scores[0].metric == "balanced accuracy"
    assert card.scores[0].mean > 0.9
    # circles of radius 8 px to squares of 22 px
    assert 15.5 < card.diameter_px[0] < card.diameter_px[1] < 25
    rows = list(csv.DictReader((trained.parent / "history.csv").read_text().splitlines()))
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert float(rows[-1]["balanced_accuracy"]) <= 1


def test_a_stopped_run_goes_on_to_the_same_result(pictures, tmp_path):
    recipe = write_recipe(pictures, epochs=3)
    whole = train(recipe, tmp_path / "whole")

    def stop(progress):
        # as Ctrl-C does, in the middle of the second epoch
        if progress.epoch == 2 and progress.stage == "training" and progress.done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "stopped", report=stop)
    assert not (tmp_path / "stopped" / "bundle").exists()
    with pytest.raises(UsageError, match="is not empty; --resume goes on"):
        train(recipe, tmp_path / "stopped")
    seen = set()
    resumed = train(
        recipe, tmp_path / "stopped", resume=True, report=lambda progress: seen.add(progress.epoch)
    )
    first, second = weights_of(whole), weights_of(resumed)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert read_bundle(whole).card.calibration == read_bundle(resumed).card.calibration
    # the first epoch was not done again
    assert seen >= {2, 3}
    rows = (tmp_path / "stopped" / "history.csv").read_text().splitlines()
    assert len(rows) == 1 + 3


def test_a_model_can_be_begun_with_another(pictures, trained, tmp_path):
    recipe = write_recipe(pictures, epochs=1, rate=1e-12, more=f'start = "{trained.as_posix()}"')
    card = read_bundle(train(recipe, tmp_path / "run")).card
    assert card.training.start == read_bundle(trained).digest
    # nothing was learnt, so what it knows is that of the model before
    assert card.scores[0].mean > 0.9


def test_simulated_particles_are_mixed_in(pictures, tmp_path):
    more = 'simulated = 0.5\nsimulated_images = 2\nsimulated_kinds = ["stem_df"]\nsegmenter = "threshold"'
    stages = {}
    recipe = write_recipe(pictures, epochs=1, more=more)
    folder = train(recipe, tmp_path / "run", report=lambda p: stages.update({p.stage: p.total}))
    card = read_bundle(folder).card
    assert stages["simulating"] == 2
    assert card.training.simulated == 0.5
    # classes of the second picture, and not what only the first shows, which is for validation
    assert {"agglomerate", "circle", "covered", "pentagon", "square"} <= set(card.classes)
    assert not {"rod", "triangle"} & set(card.classes)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (lambda split, name: "circle", "two classes or more to learn from, there are only 'circle'"),
        (
            lambda split, name: name if split == "validation" else ("circle", None)[name == "square"],
            "there are only 'circle'",
        ),
        (
            lambda split, name: "star" if (split, name) == ("validation", "square") else name,
            "class 'star' is only in the split 'validation'",
        ),
    ],
)
def test_classes_from_which_nothing_can_be_learnt_are_named(tmp_path, named, words):
    recipe = write_recipe(write_shapes(tmp_path, train=1, validation=1, named=named))
    with pytest.raises(DataError, match=words):
        train(recipe, tmp_path / "run")


def test_classes_that_are_left_out_are_not_learnt(tmp_path):
    recipe = write_recipe(write_shapes(tmp_path, train=1, validation=1), more='left_out = ["square"]')
    with pytest.raises(DataError, match="there are only 'circle'"):
        train(recipe, tmp_path / "run")


def test_others_are_learnt_as_unknown(tmp_path):
    shapes = (*SHAPES, "cross")
    recipe = write_recipe(write_shapes(tmp_path, shapes=shapes), epochs=12, more='others = ["cross"]')
    bundle = train(recipe, tmp_path / "run")
    assert read_bundle(bundle).card.classes == (*SHAPES, "unknown")
    classifier = load_classifier(str(bundle), HOST).tool
    assert tuple(classifier.classes) == (*SHAPES, "unknown")
    grey, labels, names = draw_shapes(99, shapes=shapes)
    micrograph = Micrograph(pixels=(grey / 255).astype(np.float32), polarity="bright")
    found = classifier.classify(cut_particles(micrograph, Segmentation(labels=labels.astype(np.int32))))
    assert found.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    truth = np.array(list(names.values()))
    crosses = truth == "cross"
    assert (found[crosses, 2] > 0.5).mean() >= 0.8
    assert (found[~crosses, 2] < 0.5).mean() >= 0.7


def test_a_class_is_not_left_out_and_learnt_as_unknown(tmp_path):
    more = 'others = ["square"]\nleft_out = ["square"]'
    recipe = write_recipe(write_shapes(tmp_path, train=1, validation=1), more=more)
    with pytest.raises(UsageError, match="'square' is in left_out and in others"):
        train(recipe, tmp_path / "run")
    recipe = write_recipe(tmp_path, more='others = ["squares"]')
    with pytest.raises(DataError, match=r"others names 'squares'.*did you mean 'square'\?"):
        train(recipe, tmp_path / "other")


def test_a_misspelt_class_that_is_to_be_left_out_is_named(tmp_path):
    recipe = write_recipe(write_shapes(tmp_path, train=1, validation=1), more='left_out = ["squares"]')
    with pytest.raises(DataError, match=r"'squares'.*did you mean 'square'\? There are circle, square"):
        train(recipe, tmp_path / "run")


def test_a_split_without_images_is_named(tmp_path):
    recipe = write_recipe(write_shapes(tmp_path, train=1, validation=1))
    path = tmp_path / "data.toml"
    path.write_text(path.read_text().replace('split = "validation"', 'split = "test"'))
    with pytest.raises(DataError, match="no particle with a class is in the split 'validation'"):
        train(recipe, tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('plugin = "tiny"', 'plugin = "resnet43"'), "did you mean 'resnet34'"),
        (
            ('plugin = "tiny"', 'plugin = "geometry"'),
            "'geometry' cannot be trained; these can: alexnet, resnet34",
        ),
        (("average", "avarage"), "no option 'avarage'; did you mean 'average'"),
        (("size = 32", "sise = 32"), "no option 'sise'; did you mean 'size'"),
        (("size = 32", "size = 40"), "'size' = 40"),
        (("[training]", "[training]\nsegmenter = 'treshold'\nsimulated = 0.1"), "did you mean 'threshold'"),
        (
            ("average = 0.8", "[training.augmentation]\nrotaton = 3"),
            "'augmentation.rotaton'; did you mean 'rotation'",
        ),
    ],
)
def test_a_mistake_in_the_file_is_named(pictures, tmp_path, change, message):
    recipe = tmp_path / "recipe.toml"
    text = write_recipe(pictures).read_text().replace("data.toml", (pictures / "data.toml").as_posix())
    recipe.write_text(text.replace(*change))
    with pytest.raises(UsageError, match=message):
        make_job(recipe, tmp_path / "run", HOST, resume=False, device="cpu", kind="classifier")


@pytest.mark.parametrize("name", ["resnet34", "alexnet"])
def test_without_a_model_the_remedy_is_named(name):
    with pytest.raises(ModelError, match=r"needs a trained model.*nanosieve train classifier"):
        load_classifier(name, HOST)


def test_the_command_line_trains_a_classifier_and_analyses_with_it(nanosieve, pictures, tmp_path):
    recipe = write_recipe(pictures, plugin="alexnet", rate=1e-3, more="items = 320")
    recipe.write_text(recipe.read_text().replace("size = 32", "size = 32\ndropout = 0.2"))
    one = {"OMP_NUM_THREADS": "1"}
    made = nanosieve(
        "train", "classifier", recipe, "--out", tmp_path / "run", "--no-track", "--device", "cpu", **one
    )
    assert made.returncode == 0, made.stderr
    bundle = tmp_path / "run" / "bundle"
    assert f"use it with: nanosieve analyze IMAGES --classifier {bundle}" in made.stdout
    card = json.loads((bundle / "model.json").read_text(encoding="utf-8"))
    assert (card["plugin"], card["classes"]) == ("alexnet", list(SHAPES))
    assert card["scores"][0]["mean"] > 0.9
    grey, _, _ = draw_shapes(96)
    image = write_png(tmp_path / "new.png", grey)
    options = ("--units", "px", "--polarity", "bright", "--segmenter", "threshold", "--out", tmp_path / "out")
    done = nanosieve("analyze", image, "--classifier", bundle, *options, **one)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "out" / "particles.csv", keep_default_na=False)
    assert len(table) == 20
    columns = [name for name in table.columns if name.startswith("probability_")]
    assert columns == ["probability_circle", "probability_square", "probability_unknown"]
    assert table[columns].sum(axis=1).to_numpy() == pytest.approx(np.ones(20), abs=1e-5)
    # the rules of the card hold: squares are counted but not sized, and nothing else is excluded by its class
    assert set(table["class"]) <= {*SHAPES, "unknown"}
    whole = table["reason"] != "edge"
    for name, reason in (("circle", ""), ("square", "square"), ("unknown", "unknown")):
        assert set(table.loc[whole & (table["class"] == name), "reason"]) <= {reason}
    assert (table["reason"] == "square").sum() >= 5
    assert (table["class"] == "circle").sum() >= 5
