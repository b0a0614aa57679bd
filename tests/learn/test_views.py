"""Cut-outs shown in several ways: what is answered does not depend on how the picture was turned."""

import numpy as np
import pytest
import torch
from torch import nn

from nanosieve.learn.shapes.network_classifier import VIEWS, answers_of

CPU = torch.device("cpu")
SIDE = 8


class EachPlaceCounts(nn.Module):
    """Features and logits that change with every turn of what is shown."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.of_places = torch.randn(SIDE * SIDE, 5, generator=generator)
        self.of_features = torch.randn(5, 3, generator=generator)

    def features(self, planes):
        return torch.relu(planes.flatten(1) @ self.of_places)

    def head(self, features):
        return features @ self.of_features


@pytest.fixture
def cut_outs():
    return np.random.default_rng(0).integers(0, 256, (4, 1, SIDE, SIDE), dtype=np.uint8)


def answers(cut_outs, views):
    return answers_of(EachPlaceCounts(), np.ascontiguousarray(cut_outs), CPU, torch.float32, views)


def same(first, second):
    return all(torch.allclose(*pair, atol=1e-5) for pair in zip(first, second, strict=True))


def test_eight_views_are_all_ways_to_turn_and_mirror_a_square():
    square = np.arange(9).reshape(3, 3)
    shown = {np.rot90(square, turns)[:, :: -1 if mirrored else 1].tobytes() for turns, mirrored in VIEWS}
    assert len(shown) == 8


@pytest.mark.parametrize(("views", "quarters", "mirrored"), [(2, 2, False), (4, 1, False), (8, 3, True)])
def test_answers_do_not_depend_on_how_the_picture_was_turned(cut_outs, views, quarters, mirrored):
    turned = np.rot90(cut_outs, quarters, axes=(2, 3))
    turned = turned[..., ::-1] if mirrored else turned
    assert same(answers(cut_outs, views), answers(turned, views))
    assert not same(answers(cut_outs, 1), answers(turned, 1))


def test_the_answer_is_the_mean_of_the_views(cut_outs):
    each = [answers(cut_outs, 1), answers(cut_outs[..., ::-1, ::-1], 1)]
    mean = [torch.stack(parts).mean(0) for parts in zip(*each, strict=True)]
    assert same(answers(cut_outs, 2), mean)
