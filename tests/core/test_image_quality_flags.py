"""Clean pictures raise no flag, faulty ones the flag of their fault, with a sentence that says what it means."""

import numpy as np
import pandas as pd
import pytest

from known_particles import known_particles
from nanosieve import Host, Micrograph, Segmentation, cut_particles
from nanosieve.image_quality import FLAGS, QUALITY_COLUMNS, Assessment, assess
from nanosieve.measuring import tabulate
from nanosieve.pipeline import DEFAULT_RULES
from nanosieve.quality import judge

HOST = Host()
SIZES = {name: HOST.measures[name] for name in ("equivalent_diameter", "threshold_spread")}
KINDS = ("se", "stem_bf", "stem_df")
RANGE = (7.4, 241.8)


def assessed(particles, diameter_px=RANGE):
    verdicts = judge(particles.micrograph, particles, None, DEFAULT_RULES)
    table, failures = tabulate(particles.micrograph, particles, verdicts, SIZES, unit="px")
    assert not failures
    return assess(particles, table, diameter_px)


def raised(assessment):
    return {flag.name for flag in assessment.raised}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_clean_picture_raises_no_flag(kind, seed):
    assessment = assessed(known_particles(kind, seed=seed))
    assert raised(assessment) == set(), assessment.sentences
    assert assessment.columns()["flags"] == ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("blur", {"blur_px": 3.0}),
        ("noise", {"noise": 0.15}),
        ("charging", {"charging": 0.8}),
        ("drift", {"drift_px": 2.4}),
    ],
)
def test_a_faulty_picture_raises_the_flag_of_its_fault(kind, name, fault):
    assert name in raised(assessed(known_particles(kind, **fault)))


def test_a_crowded_picture_is_flagged():
    assert "density" in raised(assessed(known_particles("se", coverage=0.9, overlap=0.3)))


def test_particles_outside_of_the_range_of_the_model_are_flagged_where_it_is_known():
    particles = known_particles("se")
    assert "size_range" in raised(assessed(particles, (60.0, 200.0)))
    assert np.isnan(assessed(particles, None).columns()["quality_size_range"])


def test_each_flag_has_a_number_a_limit_and_a_sentence():
    everything = Assessment(tuple(2 * flag.limit for flag in FLAGS))
    assert len(everything.raised) == len(everything.sentences) == len(FLAGS)
    for sentence in everything.sentences:
        assert "{" not in sentence
        assert ";" not in sentence, "warnings are joined by semicolons"
    assert tuple(everything.columns()) == (*QUALITY_COLUMNS, "flags")
    assert everything.columns()["flags"].split("; ") == [flag.name for flag in FLAGS]


def test_what_cannot_be_measured_is_no_flag():
    assert Assessment((np.nan,) * len(FLAGS)).sentences == ()


def test_a_picture_without_particles_is_assessed():
    empty = np.zeros((80, 120), np.int32)
    noisy = np.random.default_rng(0).random((80, 120)).astype(np.float32)
    assessment = assessed(cut_particles(Micrograph(pixels=noisy), Segmentation(labels=empty)))
    assert "noise" in raised(assessment)
    assert assessment.columns()["quality_density"] == 0


def test_shares_are_of_particles_seen_whole():
    particles = known_particles("se", seed=3)
    count = len(particles)
    classes = (["agglomerate", "unknown", "sphere", "sphere"] * count)[:count]
    table = pd.DataFrame(
        {
            "class": classes,
            "confidence": 1.0,
            "reason": [
                {"agglomerate": "agglomerate", "unknown": "unknown"}.get(name, "") for name in classes
            ],
        }
    )
    # what the frame cuts has a class, but nobody saw it whole
    table.loc[[0, 4], "reason"] = "edge"
    table["accepted"] = table["reason"] == ""
    columns = assess(particles, table).columns()
    whole = table[table["reason"] != "edge"]
    assert columns["quality_agglomerates"] == pytest.approx((whole["class"] == "agglomerate").mean())
    assert columns["quality_unknown"] == pytest.approx((whole["class"] == "unknown").mean())
    assert np.isnan(columns["quality_threshold"]), "these measures were not asked for"


def test_sensitivity_to_the_threshold_is_the_median_share_of_the_diameter():
    # edges that fall by 0.1 per px: the spread is 0.4 / 0.1 = 4 px of 40
    y, x = np.mgrid[0:200, 0:300].astype(float)
    foreground = np.zeros((200, 300), np.float32)
    for centre in ((70, 60), (200, 130)):
        distance = np.hypot(x - centre[0], y - centre[1])
        foreground = np.maximum(foreground, np.clip(0.5 + 0.1 * (20 - distance), 0, 1).astype(np.float32))
    labels = (foreground >= 0.5).astype(np.int32)
    labels[:, 140:] *= 2
    particles = cut_particles(
        Micrograph(pixels=foreground), Segmentation(labels=labels, foreground=foreground)
    )
    # the area is summed within a pixel of the edge, where so soft an edge is not at 0.5 on average
    assert assessed(particles).columns()["quality_threshold"] == pytest.approx(0.1, rel=0.05)
