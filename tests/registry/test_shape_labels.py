"""The tables of shapes that come along, and how those of powder are made of outlines."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from nanosieve.simulate.settings import SE_CLASSES

REGISTRY = Path(__file__).parents[2] / "registry"
TABLES = sorted((REGISTRY / "models").glob("*-shape-labels/*.csv"))


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("ampis_classes", REGISTRY / "recipes" / "ampis_classes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ellipse(picture, number, centre, axes):
    cv2.ellipse(picture, centre, axes, 0, 0, 360, number, -1)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_particle_of_a_table_has_one_class(path):
    table = pd.read_csv(path)
    assert list(table.columns) == ["image", "instance", "class"]
    assert not table.isna().any().any()
    assert not table.duplicated(["image", "instance"]).any()
    assert (table["instance"] > 0).all()


def test_powder_has_the_classes_of_solid_bodies():
    names = {
        name for path in TABLES if path.parent.name.startswith("ampis") for name in pd.read_csv(path)["class"]
    }
    assert names <= {*SE_CLASSES, "covered"}


def test_outlines_say_what_is_round_and_what_is_hidden(recipe):
    labels = np.zeros((300, 400), np.int32)
    ellipse(labels, 1, (60, 60), (30, 30))  # round
    ellipse(labels, 2, (160, 60), (30, 24))  # an ellipse, free
    ellipse(labels, 3, (60, 180), (30, 30))
    ellipse(labels, 4, (95, 180), (30, 30))  # lies over the one before
    ellipse(labels, 5, (200, 160), (4, 4))  # too small
    ellipse(labels, 6, (0, 260), (20, 20))  # cut by the frame
    ellipse(labels, 7, (300, 200), (40, 12))  # neither round nor hidden
    assert dict(recipe.classes_of(labels, satellites=False)) == {
        1: "sphere",
        2: "sphere-like",
        3: "covered",
        4: "sphere",
    }


def test_satellites_that_are_caps_are_covered(recipe):
    labels = np.zeros((100, 200), np.int32)
    ellipse(labels, 1, (50, 50), (20, 20))
    ellipse(labels, 2, (130, 50), (24, 24))
    labels[:, 130:] = 0
    assert dict(recipe.classes_of(labels, satellites=True)) == {2: "covered"}
