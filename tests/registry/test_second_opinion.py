"""In transmission the classifier `auto` asks for a second opinion."""

from dataclasses import dataclass

import numpy as np
import pytest

from nanosieve import Context, Micrograph, Segmentation
from nanosieve.loading import Loaded
from nanosieve.models import ModelCard
from nanosieve.particles import cut_particles
from nanosieve_registry.auto_config import AutoShapesConfig
from nanosieve_registry.auto_shapes import AutoClassifier, build
from pictures import draw_discs

FIRST, SECOND = ("circle", "covered", "unknown"), ("circle", "rod")


@dataclass(frozen=True)
class Says:
    """The same answer for every particle."""

    classes: tuple
    answer: tuple

    def classify(self, particles):
        return np.tile(np.array(self.answer, np.float32), (len(particles), 1))


def loaded(classes, answer, excluded=()):
    card = ModelCard(
        name="s",
        kind="classifier",
        plugin="says",
        plugin_version="1",
        classes=classes,
        excluded_classes=excluded,
    )
    return Loaded(
        tool=Says(classes, answer), plugin="says", name="says", distribution="", version="1", card=card
    )


def discs(polarity):
    grey = draw_discs((100, 200), [(50.0, 50.0, 20.0), (150.0, 50.0, 20.0)]).astype(np.float32) / 255
    labels = np.where(grey > 0.47, np.where(np.arange(200) < 100, 1, 2), 0).astype(np.int32)
    pixels = grey if polarity == "bright" else 1 - grey
    return cut_particles(Micrograph(pixels=pixels, polarity=polarity), Segmentation(labels=labels))


def answers(first, second, polarity="dark", share=0.3, excluded=(), **more):
    """What `auto` says of the first of two particles, by class, where all particles get these two answers."""
    stem = loaded(FIRST, first, excluded)
    tool = AutoClassifier({"stem": stem, "second": loaded(SECOND, second), **more}, share)
    rows = tool.classify(discs(polarity))
    assert np.array_equal(rows[0], rows[1])
    assert rows.sum(axis=1) == pytest.approx(1)
    return dict(zip(tool.classes, rows[0].tolist(), strict=True))


def test_the_mean_is_given_of_what_both_know():
    assert answers((0.9, 0.1, 0), (0.5, 0.5)) == pytest.approx(
        {"circle": 0.7 * 0.9 + 0.3 * 0.5, "covered": 0.07, "unknown": 0, "rod": 0.15}
    )


def test_what_one_excludes_the_other_alone_does_not_pass():
    assert answers((1, 0, 0), (0, 1))["circle"] < 0.75
    assert answers((0.6, 0.4, 0), (1, 0))["circle"] < 0.75


@pytest.mark.parametrize("first", [(0.2, 0.8, 0), (0.2, 0, 0.8)])
def test_of_a_class_that_only_the_first_knows_there_is_no_second_opinion(first):
    expected = dict(zip(FIRST, first, strict=True)) | {"rod": 0}
    assert answers(first, (0, 1)) == pytest.approx(expected)


def test_of_what_is_not_sized_there_is_no_second_opinion():
    assert answers((0.9, 0.1, 0), (0, 1), excluded=("circle",))["circle"] == pytest.approx(0.9)


def test_in_secondary_electrons_nobody_asks():
    alone = loaded(("sphere",), (1,))
    assert answers((0, 1, 0), (0, 1), polarity="bright", se=alone)["sphere"] == 1


def test_it_can_be_done_without():
    for options in ({"second": ""}, {"choose": "se"}):
        context = Context(config=AutoShapesConfig(stem="geometry", se="geometry", **options))
        assert "second" not in build(context).choices
    with_one = build(Context(config=AutoShapesConfig(stem="geometry", choose="stem")))
    assert set(with_one.choices) == {"stem", "second"}
    # both are the same, so it changes nothing
    assert with_one.choices["second"].name == "geometry"
    particles = discs("dark")
    assert np.allclose(
        with_one.classify(particles), with_one.choices["stem"].tool.classify(particles), atol=1e-6
    )


def test_a_pipeline_that_came_without_one_answers_as_it_did():
    tools = {name: loaded(FIRST, (0.2, 0.8, 0)) for name in ("se", "stem")}
    tool = build(Context(config=AutoShapesConfig(), tools=tools))
    assert set(tool.choices) == {"se", "stem"}
