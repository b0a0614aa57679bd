"""Verdicts, tables and pictures of one micrograph, through plain objects."""

import cv2
import numpy as np
import pandas as pd
import pandera.errors
import pytest

from nanosieve import Measure, Micrograph, Rules, Segmentation, analyze
from nanosieve.errors import ScaleError
from nanosieve.legend import scale_bar
from nanosieve.overlay import draw_overlay
from nanosieve.table import empty_table, validate

WIDTH = Measure(
    name="width",
    summary="Width.",
    dimension=1,
    group="size",
    compute=lambda each: float(np.ptp(each.outline[:, 0])),
)
AREA = Measure(name="plain_area", summary="Area.", dimension=2, group="size", compute=lambda each: each.area)
RATIO = Measure(name="ratio", summary="One.", group="shape", upper=1, compute=lambda each: 1.0)


class Squares:
    """Finds what is above 0.5, in pieces."""

    def segment(self, micrograph):
        _, labels = cv2.connectedComponents((micrograph.pixels > 0.5).astype(np.uint8))
        return Segmentation(labels=labels.astype(np.int32))


class BySize:
    """Sure of large and small particles, unsure of others."""

    classes = ("large", "covered")

    def classify(self, particles):
        first = np.where(particles.areas > 500, 0.9, np.where(particles.areas > 350, 0.6, 0.1))
        return np.stack([first, 1 - first], axis=1).astype(np.float32)


def micrograph(**more):
    """A large particle, an unsure one, a "covered" one, a small one, one at the edge, one beside missing pixels."""
    pixels = np.zeros((100, 160), np.float32)
    boxes = [
        (10, 10, 30, 30),
        (10, 50, 30, 70),
        (50, 10, 66, 26),
        (50, 50, 55, 55),
        (80, 80, 100, 110),
        (40, 120, 70, 150),
    ]
    for number, (y0, x0, y1, x1) in enumerate(boxes):
        pixels[y0:y1, x0:x1] = 1
        if number in (0,):
            pixels[y0:y1, x0 : x1 + 10] = 1
    valid = np.ones(pixels.shape, bool)
    valid[70:75, 120:150] = False
    return Micrograph(pixels=pixels, valid=valid, name="x.tif", **{"pixel_size_nm": (2.0, 2.0), **more})


def run(measures=(WIDTH,), **more):
    named = {f"measure {measure.name!r}": measure for measure in measures}
    image = more.pop("image", None) or micrograph()
    return analyze(image, segmenter=Squares(), measures=named, classifier=BySize(), **more)


def test_each_reason_is_given_and_accepted_particles_have_none():
    table = run().table
    assert dict(zip(table["reason"], table["class"], strict=True)) == {
        "": "large",
        "unknown": "unknown",
        "covered": "covered",
        "too_small": "covered",
        "edge": "large",
        "masked": "large",
    }
    assert (table["accepted"] == (table["reason"] == "")).all()


def test_rules_can_be_changed():
    assert "unknown" not in set(run(rules=Rules(confidence=0.5)).table["reason"])
    rules = Rules(edge=False, masked=False, min_diameter_px=0, confidence=0, excluded_classes=())
    assert run(rules=rules).table["accepted"].all()


def test_lengths_and_areas_are_scaled_and_named_by_their_unit():
    table = run((WIDTH, AREA)).table
    assert table["width_nm"][0] == 60  # 30 px of 2 nm
    assert table["plain_area_nm2"][0] == 30 * 20 * 4
    columns = list(run((WIDTH, AREA), unit="px").table.columns)
    assert columns[-4:-2] == ["width_px", "plain_area_px2"]


def test_shape_is_left_out_where_pixels_would_decide_it():
    table = run((RATIO,)).table
    small = table["reason"].isin(["too_small", "covered"])
    assert table["ratio"].isna().tolist() == small.tolist()


def test_without_a_scale_nothing_is_done():
    with pytest.raises(ScaleError, match="--pixel-size"):
        run(image=micrograph(pixel_size_nm=None))
    assert len(run(image=micrograph(pixel_size_nm=None), unit="px").table) == 6


def broken(name, compute, **more):
    return Measure(name=name, summary="Broken.", compute=compute, **more)


def fail(particle):
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (broken("raises", fail), "raised RuntimeError: no"),
        (broken("negative", lambda each: -1.0), r"-1 is outside of \[0, None\]"),
        (broken("infinite", lambda each: np.inf), "inf is outside"),
        (broken("short", lambda each: np.zeros(2), per="image"), "broke its contract: shape"),
    ],
)
def test_a_broken_measure_costs_its_own_column_only(measure, said):
    analysis = run((measure, WIDTH))
    (failure,) = analysis.failures
    assert failure.stage == "measuring"
    import re

    assert re.search(said, failure.error)
    assert analysis.table[measure.name].isna().all()
    assert analysis.table["width_nm"].notna().all()


def test_no_particles_give_an_empty_table_that_passes_the_schema():
    analysis = run(image=Micrograph(pixels=np.zeros((20, 20), np.float32), pixel_size_nm=(1, 1)))
    assert len(analysis.table) == 0
    assert len(validate(empty_table([WIDTH], "nm"), [WIDTH], "nm")) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"confidence": 1.5},
        {"label": 0},
        {"accepted": False},
        {"width_nm": -1.0},
        {"width_nm": np.inf},
        {"class": ""},
    ],
)
def test_the_schema_refuses_what_cannot_be(change):
    table = run().table
    validate(table, [WIDTH], "nm")
    for column, value in change.items():
        table.loc[0, column] = value
    with pytest.raises(pandera.errors.SchemaErrors):
        validate(table, [WIDTH], "nm")


def test_the_schema_refuses_a_label_twice():
    table = run().table
    with pytest.raises(pandera.errors.SchemaErrors):
        validate(pd.concat([table, table.iloc[:1]], ignore_index=True), [WIDTH], "nm")


def test_the_overlay_draws_accepted_and_excluded_particles_differently_and_hides_nothing():
    analysis = run()
    picture = draw_overlay(analysis)
    zoom = picture.shape[1] // 160
    assert picture.shape[1] == 160 * zoom
    assert picture.shape[0] > 100 * zoom
    inside = picture[12 * zoom : 28 * zoom, 14 * zoom : 36 * zoom]
    assert (inside == 255).all()
    coloured = np.ptp(picture[: 100 * zoom].astype(int), axis=2) > 60
    y, x = np.nonzero(coloured)
    assert y.min() < 11 * zoom
    assert x.max() > 140 * zoom


@pytest.mark.parametrize(
    ("x_nm", "longest_px", "length_px", "text"),
    [
        (2.0, 260, 250, "500 nm"),
        (7.344, 256, 1000 / 7.344, "1 µm"),
        (0.02, 300, 250, "5 nm"),
        (0.001, 300, 200, "200 pm"),
    ],
)
def test_scale_bars_are_round(x_nm, longest_px, length_px, text):
    image = Micrograph(pixels=np.zeros((2, 2), np.float32), pixel_size_nm=(x_nm, x_nm))
    found = scale_bar(image, longest_px)
    assert found == (pytest.approx(length_px), text)
