"""The statistics of a whole sample, and what becomes of bad input: an answer or a refusal, never a warning of NumPy."""

import json

import numpy as np
import pandas as pd
import pytest

from nanosieve.errors import ResultsError, ScaleError
from nanosieve.statistics.options import StatisticsOptions
from nanosieve.statistics.results import SampleStatistics
from nanosieve.statistics.sample import describe_sample
from sampled import tables, true_figures

QUICK = StatisticsOptions(rounds=200, goodness_rounds=20)


def described(particles, images, unit="nm", options=QUICK, **more):
    found = describe_sample(particles, images, unit, options=options, **more)
    # plain JSON that reads back to the same, without NaN
    text = json.dumps(found.model_dump(mode="json"), allow_nan=False)
    assert SampleStatistics.model_validate_json(text) == found
    return found


@pytest.fixture(scope="module")
def twelve_images():
    particles, images = tables(12, 60)
    return particles, images, described(particles, images, min_diameter_px=10)


def test_a_sample_has_all_sizes_with_the_truth_in_their_intervals(twelve_images):
    _, _, found = twelve_images
    assert list(found.sizes) == ["equivalent_diameter", "feret_min", "feret_max"]
    truth = true_figures()
    # drawn as if every particle were whole: so without correction
    size = found.sizes["equivalent_diameter"]
    assert size.uncorrected.number.d50.value == pytest.approx(truth["number_d50"], rel=0.06)
    assert size.figures is size.corrected
    assert size.corrected.mean.value > size.uncorrected.mean.value
    assert size.weighted_count == pytest.approx(size.count * 1.3, rel=0.1)
    assert size.effective_count < size.count
    for figures in (each.figures for each in found.sizes.values()):
        assert figures.number.d10.value < figures.number.d50.value < figures.volume.d50.value
        assert figures.specific_surface.value == pytest.approx(6 / figures.moments["D[3,2]"].value)
        assert figures.specific_surface.low < figures.specific_surface.value < figures.specific_surface.high
    assert size.chosen_fit.name == "lognormal"
    assert size.method.name == "two_stage_bootstrap"


def test_switched_off_the_correction_leaves_every_particle_counted_once(twelve_images):
    particles, images, corrected = twelve_images
    plain = described(particles, images, options=QUICK.model_copy(update={"edge_correction": False}))
    size = plain.sizes["equivalent_diameter"]
    assert size.corrected is None
    assert size.weighted_count is None
    assert size.figures.number.d50.low is not None
    there = corrected.sizes["equivalent_diameter"].uncorrected
    assert size.figures.mean.value == pytest.approx(there.mean.value)
    assert any("Edge correction is off" in each for each in plain.warnings)


def test_classes_share_all_particles_and_shapes_have_distributions(twelve_images):
    particles, _, found = twelve_images
    everything, *classes = found.classes
    assert everything.name == "all"
    assert sum(each.count for each in classes) == everything.count == len(particles)
    assert sum(each.share for each in classes) == pytest.approx(1)
    assert everything.d50 == pytest.approx(everything.d50)
    assert everything.d50.low < everything.d50.value < everything.d50.high
    shape = found.shapes["aspect_ratio"]
    assert 0.97 / 1.2 < shape.d10 < shape.d50 < shape.d90 < 0.97


def test_the_balance_and_the_exclusions(twelve_images):
    particles, images, _ = twelve_images
    left_out = particles.copy()
    large = left_out["equivalent_diameter_nm"] > 130
    left_out.loc[large, ["accepted", "reason"]] = [False, "covered"]
    found = described(left_out, images)
    assert found.balance.detected == len(particles)
    assert found.balance.reasons == {"covered": int(large.sum())}
    assert found.balance.accepted + large.sum() == len(particles)
    assert found.balance.weighted == pytest.approx(left_out.loc[~large, "edge_weight"].sum())
    assert {each.reason for each in found.exclusions} == {"all", "covered"}
    assert any("'covered' are larger" in each for each in found.warnings)


@pytest.mark.parametrize(("factor", "name"), [(0.5, "nanomaterial"), (1.0, "borderline"), (2.0, "not")])
def test_the_verdict_follows_the_median_minimum_feret_diameter(twelve_images, factor, name):
    particles, images, _ = twelve_images
    sizes = [column for column in particles if column.endswith("_nm")]
    found = described(particles.assign(**{each: particles[each] * factor for each in sizes}), images)
    assert found.verdict.name == name
    assert found.verdict.low < found.verdict.median < found.verdict.high
    interval = found.sizes["feret_min"].figures.number.d50
    # wider than sampling alone: scale and segmentation are common to all particles
    assert found.verdict.low < interval.low
    assert found.verdict.high > interval.high


def test_the_limit_of_what_is_accepted_is_in_the_fits(twelve_images):
    particles, images, _ = twelve_images
    seen = particles[particles["equivalent_diameter_nm"] >= 80]
    found = described(seen, images, min_diameter_px=80).sizes["equivalent_diameter"]
    (lognormal,) = (fit for fit in found.fits if fit.name == "lognormal")
    assert lognormal.truncated_at == 80
    # the sample before it was cut has ln 100, give or take 0.02 for its images and the edge correction
    assert np.exp(lognormal.parameters["mu"].value) == pytest.approx(105, rel=0.12)
    assert found.figures.number.d50.value > 110


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_particles_are_answered(count):
    particles, images = tables(1, 5)
    found = described(particles[:count], images)
    size = found.sizes["equivalent_diameter"]
    assert size.count == count
    assert size.fits == ()
    assert (size.figures.mean.value is None) == (count == 0)
    assert (size.figures.standard_deviation.value is None) == (count < 2)
    assert (size.figures.number.d50.low is None) == (count < 2)
    if count < 2:
        assert found.verdict.name == "undecided"
    assert found.warnings


def test_no_images_at_all():
    particles, images = tables(1, 5)
    found = described(particles[:0], images[:0])
    assert found.images == 0
    assert found.verdict.name == "undecided"


@pytest.mark.parametrize("images", [1, 4, 12])
def test_sizes_that_are_all_alike_are_answered(images):
    particles, rows = tables(images, 10)
    alike = {column: 50.0 for column in particles if column.endswith("_nm")}
    found = described(particles.assign(**alike, edge_weight=1.1), rows)
    size = found.sizes["equivalent_diameter"]
    median = size.figures.number.d50
    assert median.low == median.value == median.high == 50
    assert size.figures.standard_deviation.value == pytest.approx(0, abs=1e-9)
    assert size.fits == ()
    assert any("same equivalent_diameter_nm" in each for each in found.warnings)


def test_one_image_is_said_to_be_one():
    found = described(*tables(1, 80))
    assert found.sizes["feret_min"].method.name == "one_image"
    assert any("one image" in each for each in found.warnings)
    assert "one image alone" in found.verdict.sentence


def test_undefined_weights_and_missing_sizes_are_left_out_and_said():
    particles, images = tables(12, 20)
    particles.loc[:3, "edge_weight"] = np.nan
    particles.loc[10, "feret_min_nm"] = np.nan
    found = described(particles, images)
    assert found.balance.without_weight == 4
    assert found.sizes["equivalent_diameter"].figures is found.sizes["equivalent_diameter"].corrected
    assert found.sizes["feret_min"].count == 239
    assert any("4 accepted particles without an edge weight" in each for each in found.warnings)
    assert any("1 accepted particle without a value in feret_min_nm" in each for each in found.warnings)


def test_without_any_weight_the_figures_are_plain():
    particles, images = tables(12, 20)
    found = described(particles.assign(edge_weight=np.nan), images)
    size = found.sizes["equivalent_diameter"]
    assert not size.edge_corrected
    assert size.figures.number.d50.low is not None
    assert any("without edge correction" in each for each in found.warnings)


def test_a_column_that_is_all_empty():
    particles, images = tables(3, 20)
    found = described(particles.assign(feret_min_nm=np.nan), images)
    assert found.sizes["feret_min"].count == 0
    assert found.verdict.name == "undecided"


def test_a_table_without_sizes_still_has_its_counts():
    particles, images = tables(3, 20)
    found = described(particles.drop(columns=[c for c in particles if c.endswith("_nm")]), images)
    assert found.sizes == {}
    assert found.classes[0].count == 60
    assert found.classes[0].d50.value is None


def test_particles_longer_than_half_of_the_frame_are_flagged():
    particles, images = tables(3, 20)
    particles.loc[0, "feret_max_nm"] = 410.0
    found = described(particles, images)
    assert found.balance.longer_than_half == 1
    assert any("longer than half of the frame" in each for each in found.warnings)


def test_images_of_different_magnification_are_one_sample_in_nm():
    coarse, fine = tables(6, 40, 1, pixel_size_nm=2.0), tables(6, 40, 2, pixel_size_nm=1.0)
    fine[0]["image"] = "fine " + fine[0]["image"]
    fine[1]["image"] = "fine " + fine[1]["image"]
    particles, images = (pd.concat(pair, ignore_index=True) for pair in zip(coarse, fine, strict=True))
    found = described(particles, images, min_diameter_px=10)
    # the coarser images decide what is seen in all of them
    assert found.sizes["equivalent_diameter"].fits[0].truncated_at == pytest.approx(20)


def test_images_of_different_magnification_are_no_sample_in_px():
    particles, images = tables(2, 30)
    images["pixel_size_nm"] = [1.0, 2.0]
    in_px = particles.rename(columns=lambda name: name.replace("_nm", "_px"))
    found = described(in_px, images, unit="px")
    assert "different sizes" in found.warnings[0]
    assert found.verdict.name == "undecided"


def test_what_is_no_sample_is_refused():
    particles, images = tables(3, 20)
    in_px = particles.rename(columns=lambda name: name.replace("_nm", "_px"))
    mixed = pd.concat([particles, in_px], ignore_index=True)
    for table, rows, unit, error, words in (
        (mixed, images, "nm", ScaleError, "sizes in nm and in px"),
        (in_px, images, "nm", ScaleError, "are in px .*, not in nm"),
        (particles, images, "px", ScaleError, "are in nm .*, not in px"),
        (particles, images.assign(pixel_size_nm=np.nan), "nm", ScaleError, "'0.tif' has no pixel size"),
        (particles.drop(columns="accepted"), images, "nm", ResultsError, "no column 'accepted'"),
        (particles, images.drop(columns="frame_x1"), "nm", ResultsError, "no column 'frame_x1'"),
        (particles.drop(columns="edge_weight"), images, "nm", ResultsError, "--no-edge-correction"),
        (particles, images[1:], "nm", ResultsError, "'0.tif' has particles, but no row"),
        (particles.assign(feret_min_nm=-1.0), images, "nm", ResultsError, "feret_min_nm .* is -1"),
        (particles.assign(feret_max_nm=np.inf), images, "nm", ResultsError, "feret_max_nm .* is inf"),
        (particles.assign(edge_weight=0.5), images, "nm", ResultsError, "edge_weight is 0.5"),
    ):
        with pytest.raises(error, match=words):
            describe_sample(table, rows, unit, options=QUICK)


def test_the_same_table_gives_the_same_statistics(twelve_images):
    particles, images, found = twelve_images
    assert describe_sample(particles, images, "nm", min_diameter_px=10, options=QUICK) == found
