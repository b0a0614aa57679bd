"""The uncertainty budget, entry by entry, by hand."""

import numpy as np
import pytest

from nanosieve.models import Boundary, Offset
from nanosieve.statistics.accepted import accept
from nanosieve.statistics.budget import common_uncertainty, make_budget
from nanosieve.statistics.results import Estimate
from sampled import tables

OFFSET = Boundary(offset_px=0.2, sd_px=0.15, particles=100, images=10, data="labelled pictures")
MEDIAN = Estimate(value=100.0, low=97.0, high=103.0, standard_error=1.5)


def budget(measure="equivalent_diameter", percent=None, boundaries=None, pixel_size_nm=2.0, **columns):
    particles, images = tables(3, 20, pixel_size_nm=pixel_size_nm)
    for name, values in columns.items():
        (images if name in images else particles)[name] = values
    accepted = accept(particles, images, "nm")
    return make_budget(
        "median",
        MEDIAN,
        measure,
        accepted,
        weights=accepted.counting,
        calibration_uncertainty=percent,
        boundaries={"": OFFSET} if boundaries is None else boundaries,
    )


def entries(found):
    return {entry.name: entry.standard_uncertainty for entry in found.entries}


def test_every_source_has_its_entry_and_they_add_up_in_squares():
    found = budget(percent=1.5)
    parts = entries(found)
    assert parts["calibration"] == pytest.approx(1.5)
    # 0.01 px of 2 nm for discs and rods alike
    assert parts["pixel"] == pytest.approx(0.02 / np.sqrt(3))
    # the contours at 0.3 and 0.7 are 0.4 px = 0.8 nm off, anything between is as likely
    assert parts["segmentation"] == pytest.approx(0.8 / np.sqrt(3))
    assert parts["model"] == pytest.approx(2 * np.hypot(0.2, 0.15))
    assert parts["sampling"] == pytest.approx(1.5)
    assert found.combined == pytest.approx(np.sqrt(sum(part**2 for part in parts.values())))
    assert found.expanded == pytest.approx(2 * found.combined)
    assert found.missing == ()


def test_what_is_common_does_not_average_out():
    found = budget(percent=1.5)
    assert {entry.name for entry in found.entries if not entry.common} == {"sampling"}
    assert common_uncertainty(found) == pytest.approx(np.sqrt(found.combined**2 - 1.5**2))


@pytest.mark.parametrize(("confidence", "limit"), [("high", 3), ("medium", 5), ("low", 10), ("none", 10)])
def test_without_a_calibration_the_source_of_the_pixel_size_decides(confidence, limit):
    found = budget(pixel_size_confidence=confidence)
    assert entries(found)["calibration"] == pytest.approx(limit / np.sqrt(3))
    (entry,) = (each for each in found.entries if each.name == "calibration")
    assert "--calibration-uncertainty" in entry.source


def test_half_a_pixel_where_outlines_run_along_pixel_edges():
    assert entries(budget(geometry="pixel_edges"))["pixel"] == pytest.approx(0.5 * 2 / np.sqrt(3))


def test_corners_that_are_rounded_off_are_in_the_budget_of_the_largest_feret_diameter():
    discs, squares = (
        entries(budget("feret_max", **{"class": name}))["pixel"] for name in ("circle", "square")
    )
    assert squares > 20 * discs


def test_what_is_not_known_is_said_and_not_taken_as_nothing():
    found = budget(boundaries={}, threshold_spread_nm=np.nan)
    assert set(entries(found)) == {"calibration", "pixel", "sampling"}
    assert [sentence.partition(":")[0] for sentence in found.missing] == ["Segmentation", "Model"]


def test_one_model_of_several_that_was_not_measured_is_named():
    found = budget(model=["se", "", ""], boundaries={"": OFFSET})
    assert "'se'" in found.missing[0]


def test_of_a_corrected_boundary_only_its_scatter_is_left():
    found = budget(boundary="corrected")
    # 0.15 px of 2 nm between images
    assert entries(found)["model"] == pytest.approx(2 * 0.15)
    (entry,) = (each for each in found.entries if each.name == "model")
    assert "corrected, class by class" in entry.source
    assert "not corrected" in next(each.source for each in budget().entries if each.name == "model")


def test_an_offset_is_in_px_of_what_the_model_saw_and_of_the_class():
    squares = Offset(offset_px=0.8, sd_px=0.0, particles=20, images=4)
    known = OFFSET.model_copy(update={"classes": {"square": squares}})
    found = budget(boundaries={"": known}, model_magnification=4.0, **{"class": "square"})
    assert entries(found)["model"] == pytest.approx(2 * 0.8 / 4)


def test_no_figure_no_budget():
    particles, images = tables(1, 2)
    accepted = accept(particles, images, "nm")
    assert (
        make_budget(
            "mean",
            Estimate(value=None),
            "feret_min",
            accepted,
            weights=accepted.counting,
            calibration_uncertainty=None,
            boundaries={},
        )
        is None
    )
