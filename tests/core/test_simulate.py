"""Simulated micrographs: the answer is exact, and the picture follows from it."""

import json

import numpy as np
import pandas as pd
import pytest
import tifffile

from nanosieve import Host
from nanosieve.errors import OutputError
from nanosieve.reading import open_micrograph
from nanosieve.simulate import KINDS, SimulationSettings, random_settings, simulate, write
from nanosieve.simulate.beam import attenuation, transmitted
from nanosieve.simulate.bodies import POLYGONS, Body, make_body
from nanosieve.simulate.micrograph import LEAST_VISIBLE
from nanosieve.simulate.placing import Placed
from nanosieve.simulate.scene import build_scene, owners

SMALL = {"height": 300, "width": 400}


def area_of(points):
    x, y = points.T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def sphere(x, y, diameter):
    return Placed("circle", (Body("sphere", x, y, diameter),))


@pytest.mark.parametrize("name", ["sphere", "sphere-like", "rod", "cube", *POLYGONS])
def test_every_body_covers_the_area_of_its_diameter_and_its_outline_encloses_it(name):
    rng = np.random.default_rng(7)
    for _ in range(4):
        body = make_body(name, 100.3 + rng.random(), 90.7 + rng.random(), 80, rng)
        assert area_of(body.outline()) == pytest.approx(np.pi * 40**2, rel=2e-3)
        scene = build_scene([Placed(name, (body,))], 180, 200, stacked=False)
        assert owners(scene.owner)[1].sum() == pytest.approx(np.pi * 40**2, rel=2e-3)


def test_what_is_seen_and_what_is_hidden_add_up():
    scene = build_scene([sphere(80, 80, 60), sphere(110, 80, 60)], 160, 200, stacked=False)
    seen = np.bincount(scene.owner.ravel())[1:] / 9
    lens = 2 * 30**2 * np.arccos(30 / 60) - 30 / 2 * np.sqrt(4 * 30**2 - 30**2)  # two circles at distance 30
    assert scene.full_areas == pytest.approx(np.pi * 30**2, rel=3e-3)
    assert seen[1] == pytest.approx(np.pi * 30**2, rel=3e-3)
    assert seen[0] == pytest.approx(np.pi * 30**2 - lens, rel=5e-3)


def test_transmission_through_two_particles_is_the_product():
    settings = SimulationSettings(height=160, width=200, roughness=0, pixel_size_nm=1, diameter_nm=60)
    rng = np.random.default_rng(0)
    signals = [
        transmitted(build_scene(placed, 160, 200, stacked=False), "stem_bf", settings, rng) - 0.02
        for placed in (
            [sphere(80, 80, 60)],
            [sphere(110, 80, 60)],
            [sphere(80, 80, 60), sphere(110, 80, 60)],
            [],
        )
    ]
    one, other, both, none = (signal[80, 95] for signal in signals)
    assert both / none == pytest.approx(one / none * other / none, rel=5e-3)
    # Beer and Lambert: the middle of a sphere as large as the median is one diameter thick
    middle = signals[0][80, 80] / none
    assert middle == pytest.approx(np.exp(-1 / attenuation(settings)), rel=0.01)
    assert middle == pytest.approx(1 - settings.contrast, rel=0.01)


def test_spheres_in_secondary_electrons_have_a_bright_rim():
    settings = SimulationSettings(**SMALL, classes=("sphere",), clustering=0, spread=1, noise=0, dose=1e6)
    picture = simulate("se", settings, seed=3)
    y, x = np.indices((300, 400))
    row = picture.particles[~picture.particles["touches_edge"]].iloc[0]
    distance = np.hypot(x - row["x_px"], y - row["y_px"]) / 20  # radius 40 nm at 2 nm
    pixels = picture.pixels[:300]
    assert pixels[(distance > 0.85) & (distance < 0.95)].mean() > 1.15 * pixels[distance < 0.4].mean()
    assert pixels[distance < 0.4].mean() > 1.3 * np.median(pixels)


def test_diameters_are_lognormal_as_asked():
    settings = SimulationSettings(
        height=2000, width=2000, diameter_nm=40, spread=1.3, coverage=0.25, clustering=0, classes=("sphere",)
    )
    logs = np.log(simulate("se", settings, seed=1).particles["equivalent_diameter_nm"])
    assert len(logs) > 300
    assert np.exp(logs.mean()) == pytest.approx(40, rel=4 * 0.26 / np.sqrt(len(logs)))
    assert np.exp(logs.std()) == pytest.approx(1.3, rel=0.06)


@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_gapless_and_rows_and_outlines_belong_to_them(kind):
    picture = simulate(kind, SimulationSettings(**SMALL, coverage=0.5, clustering=0.8), seed=5)
    assert np.array_equal(np.unique(picture.labels), np.arange(len(picture.particles) + 1))
    assert len(picture.outlines) == len(picture.particles)
    assert ((picture.coverage >= 0.5) == (picture.labels > 0)).all()
    hidden = picture.particles["visible_share"] < LEAST_VISIBLE
    assert ((picture.particles["class"] == "covered") == hidden).all()


def test_all_classes_appear():
    seen = {
        kind: set().union(*(simulate(kind, seed=seed).particles["class"] for seed in range(3)))
        for kind in KINDS
    }
    assert seen["se"] == {"sphere", "sphere-like", "rod", "cube", "covered"}
    stem = {"circle", "rod", "triangle", "square", "pentagon", "hexagon", "agglomerate", "covered"}
    assert seen["stem_bf"] | seen["stem_df"] == stem


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_bytes_other_seed_other_picture(kind, tmp_path):
    settings = SimulationSettings(**SMALL)
    paths = [
        write(simulate(kind, settings, seed), tmp_path / name, "x")
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    one, same, other = ([path.read_bytes() for path in each] for each in paths)
    assert one == same
    assert one[0] != other[0]


@pytest.mark.parametrize("kind", KINDS)
def test_files_read_back_with_pixel_size_and_without_data_bar(kind, tmp_path):
    settings = SimulationSettings(**SMALL, pixel_size_nm=1.37)
    picture = simulate(kind, settings, seed=1)
    path, labels, table, outlines, answer = write(picture, tmp_path, "x")
    found = open_micrograph(path, readers=Host(entry_points=False).readers)
    assert found.pixel_size_nm == pytest.approx((1.37, 1.37), rel=1e-4)
    assert found.shape == (300, 400)
    assert np.array_equal(tifffile.imread(labels), picture.labels)
    assert len(pd.read_csv(table)) == len(json.loads(outlines.read_text())) == picture.labels.max()
    assert json.loads(answer.read_text())["settings"]["pixel_size_nm"] == 1.37


def test_pictures_that_are_there_are_kept(tmp_path):
    picture = simulate("se", SimulationSettings(height=64, width=64), seed=1)
    write(picture, tmp_path, "x")
    with pytest.raises(OutputError, match="there already"):
        write(picture, tmp_path, "x")
    write(picture, tmp_path, "x", force=True)


def test_random_settings_vary_and_are_valid():
    rng = np.random.default_rng(0)
    drawn = [random_settings(rng, kind) for kind in KINDS for _ in range(20)]
    assert len({settings.diameter_nm for settings in drawn}) == len(drawn)
    diameters = [settings.diameter_nm / settings.pixel_size_nm for settings in drawn]
    assert min(diameters) < 20
    assert max(diameters) > 100


def test_the_command_line_makes_what_is_asked_for(nanosieve, tmp_path):
    finished = nanosieve(
        "simulate", "stem-bf", "--out", tmp_path, "--size", "200x150", "--diameter", "30 nm", "--pixel-size", "1 nm",
        "--set", "data_bar=false", "--json",
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    (row,) = json.loads(finished.stdout)
    assert tifffile.imread(row["picture"]).shape == (150, 200)
    again = nanosieve("simulate", "stem-bf", "--out", tmp_path)
    assert again.returncode == 1
    assert "--force" in again.stderr
    wrong = nanosieve("simulate", "se", "--set", "coverge=1", "--out", tmp_path)
    assert wrong.returncode == 2
    assert "did you mean 'coverage'?" in wrong.stderr
