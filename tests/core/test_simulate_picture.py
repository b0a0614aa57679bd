"""Simulated pictures obey the physics of their contrast, and their answers fit them."""

from math import pi

import numpy as np
import pytest

from nanosieve.simulate import (
    KINDS,
    LEAST_VISIBLE,
    SimulationSettings,
    crowded_settings,
    random_settings,
    simulate,
)
from nanosieve.simulate.particle import Part, Particle
from nanosieve.simulate.placing import Placed
from nanosieve.simulate.scanning import secondary_electrons
from nanosieve.simulate.scene import build_scene
from nanosieve.simulate.solids import Ball
from nanosieve.simulate.transmission import transmitted

SHAPE = (120, 160)
GROUND = np.zeros(SHAPE, np.float32)
# Nothing but the particles: no noise, no blur, nothing uneven.
CLEAN = {
    "height": 120, "width": 160, "pixel_size_nm": 1.0, "diameter_nm": 40.0, "spread": 1.0, "variety": 0,
    "surface": 0, "ground": 0, "blotches": 0, "unevenness": 0, "blur_px": 0, "drift_px": 0, "charging": 0,
    "noise": 0, "agglomerates": 0, "dose": 1e12, "data_bar": False, "bits": 16,
}  # fmt: skip


def lying(x, y, radius=20.0, strength=1.0, z=20.0):
    ball = Ball(radius, radius)
    return Placed(Particle("circle", (Part(ball),), ball.outline, strength), x, y, z)


def through(*placed, kind="stem_bf", **settings):
    scene = build_scene(placed, GROUND, scanning=False)
    return transmitted(scene, kind, SimulationSettings(**CLEAN, **settings), np.random.default_rng(0))


def test_the_middle_of_a_sphere_keeps_what_beer_and_lambert_say():
    for contrast in (0.3, 0.9):
        picture = through(lying(80, 60), contrast=contrast, brightness=0.8)
        assert picture[60, 80] == pytest.approx(0.8 * (1 - contrast), rel=1e-4)
        assert picture[5, 5] == pytest.approx(0.8)
        # at 0.6 of the radius the way through is 0.8 of the diameter
        assert picture[60, 92] == pytest.approx(0.8 * (1 - contrast) ** 0.8, rel=1e-4)


def test_transmissions_of_particles_that_overlap_multiply():
    one, other = lying(70, 60), lying(90, 60, strength=1.7)
    alone, alike, both = (through(*each, brightness=1.0) for each in ([one], [other], [one, other]))
    # between the outlines: on them a pixel is a mean over particle and ground
    assert both[50:71, 75:86] == pytest.approx(alone[50:71, 75:86] * alike[50:71, 75:86], rel=1e-4)


def test_dark_field_shows_what_bright_field_lacks():
    bright = through(lying(80, 60), brightness=1.0)
    dark = through(lying(80, 60), kind="stem_df", brightness=0.0)
    assert dark == pytest.approx(1 - bright, abs=1e-5)


def test_a_recorded_picture_without_disturbance_is_the_signal():
    picture = simulate(
        "stem_bf", SimulationSettings(**CLEAN, classes={"circle": 1}, irregularity=0, clustering=0), 4
    )
    row = picture.particles[~picture.particles["touches_edge"]].iloc[0]
    x, y = round(row["x_px"]), round(row["y_px"])
    aside = (x - row["x_px"]) ** 2 + (y - row["y_px"]) ** 2
    kept = 0.4 ** np.sqrt(1 - aside / 20**2)
    assert picture.pixels[y, x] / 65535 == pytest.approx(0.72 * kept, rel=2e-3)


def scanned(*placed, **settings):
    scene = build_scene(placed, GROUND, scanning=True)
    strengths = np.array([each.particle.strength for each in placed])
    clean = SimulationSettings(**{**CLEAN, "side_light": 0, **settings})
    return secondary_electrons(scene, GROUND, clean, strengths, np.random.default_rng(0))


def test_the_rim_of_a_sphere_is_brighter_than_its_middle_in_se():
    picture = scanned(lying(80, 60))
    assert picture[60, 80 + 19] > 1.3 * picture[60, 80]
    # and the brighter the steeper
    assert (np.diff(picture[60, 81:98].astype(float)) > -1e-4).all()


def test_the_ground_is_darker_at_the_foot_of_a_particle_than_far_away():
    picture = scanned(lying(60, 60))
    assert picture[60, 60 + 23] < 0.9 * picture[10, 150]


def test_a_particle_under_another_is_darker_next_to_it():
    alone = scanned(lying(60, 60))
    crowded = scanned(lying(60, 60), lying(88, 60, z=48))
    # the left part is seen in both; the gap under the upper sphere lets fewer electrons out
    assert crowded[60, 66] < 0.95 * alone[60, 66]
    assert crowded[60, 45] == pytest.approx(alone[60, 45], rel=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_gapless_and_lie_within_their_outlines(kind):
    picture = simulate(kind, SimulationSettings(height=300, width=400, coverage=0.4, overlap=0.3), seed=5)
    labels, table = picture.labels, picture.particles
    assert labels.dtype == np.int32
    assert labels.shape == picture.coverage.shape == (300, 400)
    assert list(np.unique(labels[labels > 0])) == list(table["label"]) == list(range(1, len(table) + 1))
    assert len(picture.outlines) == len(table)
    for label, outline in enumerate(picture.outlines, 1):
        rows, columns = np.nonzero(labels == label)
        # a labelled pixel is half covered, so its centre is at most half a diagonal beyond the outline
        assert (columns > outline[:, 0].min() - 0.75).all()
        assert (columns < outline[:, 0].max() + 0.75).all()
        assert (rows > outline[:, 1].min() - 0.75).all()
        assert (rows < outline[:, 1].max() + 0.75).all()
    assert ((labels > 0) == (picture.coverage >= 0.5)).mean() > 0.9999


@pytest.mark.parametrize("kind", KINDS)
def test_covered_is_what_shows_less_than_the_limit(kind):
    picture = simulate(kind, SimulationSettings(height=300, width=400, coverage=0.7, overlap=0.5), seed=6)
    table = picture.particles
    covered = table["class"] == "covered"
    assert (covered == (table["visible_share"] < LEAST_VISIBLE)).all()
    assert (table["class"][~covered] == table["drawn_class"][~covered]).all()
    assert 0 < covered.sum() < len(table)


@pytest.mark.parametrize(
    ("kind", "classes"),
    [
        ("se", {"sphere", "sphere-like", "rod", "cube", "covered"}),
        ("stem_bf", {"circle", "rod", "triangle", "square", "pentagon", "hexagon", "agglomerate", "covered"}),
    ],
)
def test_all_classes_of_the_paper_appear(kind, classes):
    # Bals and Epple, 2023
    settings = SimulationSettings(height=500, width=600, diameter_nm=30, coverage=0.3, overlap=0.4)
    assert set(simulate(kind, settings, seed=1).particles["class"]) == classes


def test_areas_in_the_table_are_those_of_the_labels():
    settings = SimulationSettings(height=400, width=500, pixel_size_nm=2.5, diameter_nm=100, clustering=0)
    for kind in KINDS:
        picture = simulate(kind, settings, seed=7)
        whole = picture.particles[
            ~picture.particles["touches_edge"] & (picture.particles["visible_share"] > 1 - 1e-9)
        ]
        pixels = np.bincount(picture.labels.ravel())[whole["label"]]
        # counting pixels of a shape 40 px wide errs by a few tenths of a per cent of its area
        assert pixels * 2.5**2 == pytest.approx(whole["area_nm2"].to_numpy(), rel=0.015)
        assert whole["equivalent_diameter_nm"].to_numpy() == pytest.approx(
            np.sqrt(4 * whole["area_nm2"] / pi).to_numpy()
        )
        assert (whole["feret_max_nm"] > whole["equivalent_diameter_nm"] * 0.999).all()
        assert len(whole) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_picture_and_another_one_another(kind):
    settings = SimulationSettings(height=150, width=200)
    one, again, other = (simulate(kind, settings, seed) for seed in (3, 3, 4))
    assert one.pixels.tobytes() == again.pixels.tobytes()
    assert one.labels.tobytes() == again.labels.tobytes()
    assert one.pixels.tobytes() != other.pixels.tobytes()


def test_more_noise_does_not_move_the_particles():
    quiet, loud = (
        simulate("se", SimulationSettings(height=150, width=200, noise=noise), 3) for noise in (0.01, 0.1)
    )
    assert (quiet.labels == loud.labels).all()
    assert loud.pixels.astype(float)[:100].std() > quiet.pixels.astype(float)[:100].std()


@pytest.mark.parametrize("kind", KINDS)
def test_random_settings_vary_and_all_work(kind):
    rng = np.random.default_rng(8)
    drawn = [random_settings(rng, kind, height=96, width=128) for _ in range(60)]
    diameters = [settings.diameter_px for settings in drawn]
    assert min(diameters) < 15
    assert max(diameters) > 130
    assert {settings.arrangement for settings in drawn} == {"random", "chains", "clusters", "monolayer"}
    for seed, settings in enumerate(drawn[:8]):
        assert SimulationSettings.model_validate_json(settings.model_dump_json()) == settings
        picture = simulate(kind, settings, seed)
        assert picture.pixels.shape[1] == 128
        assert picture.pixels.std() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_crowd_most_particles_touch_another_one(kind):
    touching = total = 0
    for seed in range(4):
        settings = crowded_settings(np.random.default_rng(seed), kind, height=256, width=256)
        labels = simulate(kind, settings, seed).labels
        total += labels.max()
        touching += len(np.unique(labels[touches_another(labels)]))
        assert settings.agglomerates == 0
    assert total > 20
    assert touching > 0.5 * total


def touches_another(labels):
    """Pixels with a pixel of another particle among their four neighbours."""
    touches = np.zeros(labels.shape, bool)
    for axis in (0, 1):
        for step in (-1, 1):
            neighbour = np.roll(labels, step, axis)
            touches |= (labels > 0) & (neighbour > 0) & (labels != neighbour)
    return touches
