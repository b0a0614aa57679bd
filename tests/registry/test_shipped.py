"""The models that come with nanosieve, and which of them is taken."""

import json

import numpy as np
import pandas as pd
import pytest

from nanosieve import Host, Micrograph
from nanosieve.errors import ModelError, UsageError
from nanosieve.labels import solidity
from nanosieve.loading import load_segmenter
from nanosieve.models import read_bundle
from nanosieve.particles import cut_particles
from nanosieve.simulate import SimulationSettings, simulate
from nanosieve_registry.shipped import ShippedStore, shipped_models
from pictures import draw_discs

HOST = Host()
SEGMENTERS = ("se-segmenter", "stem-segmenter")
DISCS = [(40 + 50 * column, 40 + 55 * row, 15.0) for row in range(4) for column in range(5)]


@pytest.mark.parametrize("name", SEGMENTERS)
def test_a_shipped_model_says_what_it_was_trained_on(name):
    card = read_bundle(shipped_models()[name]).card
    assert card.name == name
    assert set(card.training.sources) == {"EMPS", "AMPIS powder"}
    assert card.training.simulated > 0
    # the widths in the recipes
    assert card.diameter_px == (16, 120)
    assert card.licence == "MIT"


def test_no_validation_paper_was_learnt_from(shared_data):
    from pathlib import Path

    from nanosieve.labelled import read_data

    recipes = Path(__file__).parents[2] / "registry" / "recipes"
    held_out = {entry.sha256 for entry in read_data(recipes / "data_all.toml", HOST.readers).of("validation")}
    assert held_out
    for name in SEGMENTERS:
        learnt = read_bundle(shipped_models()[name]).card.training.images
        assert not held_out & {image.sha256 for image in learnt}


def test_a_model_that_does_not_ship_is_refused_with_those_that_do():
    with pytest.raises(ModelError, match=r"no model 'sem' comes with nanosieve; there are .*se-segmenter"):
        ShippedStore().fetch("shipped:sem")
    assert load_segmenter("shipped:se-segmenter", HOST).model == "shipped:se-segmenter"


@pytest.mark.parametrize(("polarity", "model"), [("bright", "se"), ("dark", "stem")])
def test_auto_takes_the_model_that_suits_and_says_which(polarity, model):
    bright = draw_discs((230, 280), DISCS) / 255
    noise = np.random.default_rng(0).normal(0, 0.02, bright.shape)
    grey = (bright if polarity == "bright" else 1 - bright) + noise
    micrograph = Micrograph(pixels=np.clip(grey, 0, 1).astype(np.float32), polarity=polarity)
    segmentation = load_segmenter("auto", HOST).tool.segment(micrograph)
    assert segmentation.model == f"shipped:{model}-segmenter"
    assert segmentation.count == len(DISCS)
    areas = np.bincount(segmentation.labels.ravel())[1:]
    assert np.sqrt(4 / np.pi * areas).mean() == pytest.approx(30, abs=1)
    told = load_segmenter("auto", HOST, {"choose": "se"}).tool.segment(micrograph)
    assert told.model == "shipped:se-segmenter"


@pytest.mark.parametrize("polarity", ["bright", "dark"])
def test_auto_corrects_a_polarity_that_is_in_doubt_and_only_then(polarity):
    other = {"bright": "dark", "dark": "bright"}[polarity]
    bright = draw_discs((230, 280), DISCS) / 255
    grey = (bright if polarity == "bright" else 1 - bright).astype(np.float32)
    wrong = Micrograph(pixels=grey, polarity=other, polarity_certainty=0.6)
    found = load_segmenter("auto", HOST).tool.segment(wrong)
    assert found.polarity == polarity
    assert found.count == len(DISCS)
    assert "in doubt" in found.warnings[0]
    assert cut_particles(wrong, found).micrograph.polarity == polarity
    right = Micrograph(pixels=grey, polarity=polarity, polarity_certainty=0.6)
    assert load_segmenter("auto", HOST).tool.segment(right).polarity is None
    said = Micrograph(pixels=grey, polarity=other)
    assert load_segmenter("auto", HOST).tool.segment(said).polarity is None


def test_solidity_of_squares_is_1_and_of_a_cross_is_less():
    labels = np.zeros((60, 60), np.int32)
    labels[5:25, 5:25] = 1
    labels[30:50, 30:50] = 2
    assert solidity(labels) == 1
    cross = np.zeros((60, 60), np.int32)
    cross[10:31, 17:24] = cross[17:24, 10:31] = 1
    # through outermost pixel centres: 20 x 6 twice, less the middle, and half a pixel in each inner corner, which the
    # outline cuts; the hull lacks four corners of 7 x 7 / 2; to both half of the way round and 1 px are added
    outline, hull = 2 * 20 * 6 - 36 + 4 / 2, 20 * 20 - 4 * 7 * 7 / 2
    round_outline, round_hull = 4 * 20 - 4 * (2 - np.sqrt(2)), 4 * 6 + 4 * 7 * np.sqrt(2)
    assert solidity(cross) == pytest.approx((outline + round_outline / 2 + 1) / (hull + round_hull / 2 + 1))
    assert solidity(np.zeros((9, 9), np.int32)) == 0


def test_auto_keeps_the_digests_of_its_models():
    provenance = load_segmenter("auto", HOST).provenance()
    assert set(provenance["models"]) == {"shipped:se-segmenter", "shipped:stem-segmenter"}
    assert all(len(digest) == 64 for digest in provenance["models"].values())


def test_a_model_of_auto_can_be_another(trained_discs):
    loaded = load_segmenter("auto", HOST, {"se": str(trained_discs), "choose": "se"})
    assert set(loaded.models) == {str(trained_discs)}
    with pytest.raises(UsageError, match="did you mean"):
        load_segmenter("auto", HOST, {"chose": "se"})


@pytest.mark.parametrize(("kind", "least"), [("se", 0.9), ("stem_bf", 0.9), ("stem_df", 0.9)])
def test_simulated_particles_are_found(kind, least):
    picture = simulate(kind, SimulationSettings(height=512, width=640, data_bar=False), seed=12)
    pixels = (picture.pixels / np.iinfo(picture.pixels.dtype).max).astype(np.float32)
    found = (
        load_segmenter("auto", HOST).tool.segment(Micrograph(pixels=pixels, polarity=picture.polarity)).labels
        > 0
    )
    truth = picture.labels > 0
    assert np.count_nonzero(found & truth) / np.count_nonzero(found | truth) > least


def test_analyze_uses_them_by_default(nanosieve, disc_image, tmp_path):
    finished = nanosieve("analyze", disc_image, "--out", tmp_path / "r")
    assert finished.returncode == 0, finished.stderr
    images = pd.read_csv(tmp_path / "r" / "images.csv")
    assert list(images["model"]) == ["shipped:se-segmenter"]
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert summary["provenance"]["segmenter"]["name"] == "auto"
    assert "shipped:se-segmenter" in summary["provenance"]["segmenter"]["models"]
