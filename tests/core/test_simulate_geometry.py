"""The shapes of simulated particles have the areas, volumes and calipers of geometry, and cover pixels exactly."""

from itertools import permutations
from math import acos, cos, pi, sin, sqrt, tan

import numpy as np
import pytest

from nanosieve.errors import UsageError
from nanosieve.simulate import SimulationSettings
from nanosieve.simulate.particle import Part, Particle, class_shares, draw_particle
from nanosieve.simulate.placing import Placed, Stage, place
from nanosieve.simulate.polygons import centroid, covered_share, feret, polygon_area
from nanosieve.simulate.polyhedron import Polyhedron
from nanosieve.simulate.scene import build_scene
from nanosieve.simulate.settings import SE_CLASSES, STEM_CLASSES
from nanosieve.simulate.solids import Ball, Capsule
from nanosieve.simulate.union import union_outline

SHAPE = (120, 140)
GROUND = np.zeros(SHAPE, np.float32)


def lying(solid, x=60.3, y=55.7, z=0.0):
    return Placed(Particle("circle", (Part(solid),), solid.outline, 1.0), x, y, z)


def cube(edge, rounding=0.5, turn=0.4):
    half = edge / 2 - rounding
    corners = np.array([[i, j, k] for i in (-half, half) for j in (-half, half) for k in (-half, half)])
    turned = np.array([[cos(turn), -sin(turn), 0], [sin(turn), cos(turn), 0], [0, 0, 1]])
    return Polyhedron(corners @ turned.T, rounding)


def lens_area(radius, distance):
    """What two equal discs have in common."""
    half = acos(distance / (2 * radius))
    return 2 * radius**2 * half - distance * sqrt(radius**2 - distance**2 / 4)


def test_a_triangle_along_pixel_edges_covers_halves_and_wholes():
    # pixel centres are whole numbers, so the first pixel reaches from -0.5 to 0.5
    patch = covered_share(np.array([[-0.5, -0.5], [1.5, -0.5], [-0.5, 1.5]]), (4, 4))
    assert patch.values[:2, :2] == pytest.approx(np.array([[1, 0.5], [0.5, 0]]))
    assert patch.values.sum() == pytest.approx(2)


@pytest.mark.parametrize("solid", [Ball(9.4, 9.4), cube(17.0), Capsule(14.0, 4.3, (0.8, 0.6, 0.0))])
def test_the_share_of_each_pixel_agrees_with_counting_a_fine_grid(solid):
    centre = np.array([20.31, 19.77])
    patch = covered_share(solid.outline + centre, (40, 40))
    fine = 32
    steps = (np.arange(40 * fine) + 0.5) / fine - 0.5
    x, y = np.meshgrid(steps, steps)
    counted = (solid.inside(x - centre[0], y - centre[1]) > 0).reshape(40, fine, 40, fine).mean(axis=(1, 3))
    image = np.zeros((40, 40))
    image[patch.slices] = patch.values
    # an edge passes a pixel of 32 x 32 points with an error below one row of them
    assert np.abs(image - counted).max() < 1 / fine


def test_coverage_of_a_lone_disc_is_its_area():
    for radius in (4.2, 10.3, 41.7):
        scene = build_scene([lying(Ball(radius, radius))], GROUND, scanning=False)
        assert scene.coverage.sum(dtype=float) == pytest.approx(pi * radius**2, rel=1e-3)
        assert scene.visible[0] == pytest.approx(scene.full[0], rel=1e-6)


def test_volumes_are_those_of_geometry():
    # Samples integrate a smooth height to a few parts in a thousand.
    def volume(solid):
        scene = build_scene([lying(solid)], GROUND, scanning=False)
        return scene.samples.gather(scene.depth).sum(dtype=float)

    assert volume(Ball(20.0, 20.0)) == pytest.approx(4 / 3 * pi * 20**3, rel=0.005)
    flat = Capsule(25.0, 10.0, (cos(0.7), sin(0.7), 0.0))
    assert volume(flat) == pytest.approx(pi * 10**2 * 50 + 4 / 3 * pi * 10**3, rel=0.01)
    # leaning changes what is seen from above, not the volume
    leaning = Capsule(25.0, 10.0, (cos(0.5), 0.0, sin(0.5)))
    assert volume(leaning) == pytest.approx(volume(flat), rel=0.01)
    assert volume(cube(30.0)) == pytest.approx(30**3, rel=0.02)


def test_centroid_of_a_triangle_is_the_mean_of_its_corners():
    corners = np.array([[100.0, 20], [103, 20], [100, 26]])
    assert centroid(corners) == pytest.approx((101, 22))
    assert centroid(corners[::-1]) == pytest.approx((101, 22))


def test_calipers_of_known_shapes():
    assert feret(Ball(10.0, 10.0).outline) == pytest.approx((20, 20), rel=1e-3)
    assert feret(np.array([[0.0, 0], [3, 0], [3, 4], [0, 4]])) == pytest.approx((5, 3))
    # a capsule is as long as its axis and both ends
    assert feret(Capsule(14.0, 4.0, (0.6, 0.8, 0.0)).outline) == pytest.approx((36, 8), rel=1e-3)


def test_a_rounded_square_lacks_its_four_corners():
    # each corner gives (1 - pi / 4) r^2 away
    assert polygon_area(cube(20.0, rounding=3.0).outline) == pytest.approx(400 - (4 - pi) * 9, rel=1e-4)


def test_the_common_outline_of_two_discs_has_their_common_area_once():
    one, other = Ball(10.0, 10.0), Ball(10.0, 10.0)
    ring = union_outline(
        [one.outline, other.outline + np.array([13.0, 0.0])],
        [one.inside, lambda x, y: other.inside(x - 13.0, y)],
    )
    assert polygon_area(ring) == pytest.approx(2 * pi * 100 - lens_area(10, 13), rel=1e-4)


def test_discs_apart_or_around_a_hole_have_no_single_outline():
    ball = Ball(10.0, 10.0)

    def common(centres):
        return union_outline(
            [ball.outline + centre for centre in centres],
            [lambda x, y, c=centre: ball.inside(x - c[0], y - c[1]) for centre in centres],
        )

    ring = [np.array([18.0 * cos(a), 18.0 * sin(a)]) for a in 2 * pi * np.arange(6) / 6]
    assert common([np.zeros(2), np.array([30.0, 0.0])]) is None
    assert common(ring) is None
    assert common(ring[:4]) is not None


def test_visible_and_hidden_part_are_the_whole():
    radius, distance = 20.0, 26.0
    lower, upper = (
        lying(Ball(radius, radius), 50.2, 60.4),
        lying(Ball(radius, radius), 50.2 + distance, 60.4, 30.0),
    )
    scene = build_scene([lower, upper], GROUND, scanning=True)
    # what is hidden of the lower disc is the lens; its rim is sampled 4 x 4 times a pixel
    assert scene.full[0] == pytest.approx(pi * radius**2, rel=1e-3)
    assert scene.full[0] - scene.visible[0] == pytest.approx(lens_area(radius, distance), rel=0.01)
    assert scene.visible[1] == pytest.approx(scene.full[1], rel=1e-3)
    assert scene.coverage.sum(dtype=float) == pytest.approx(scene.visible.sum(), rel=1e-4)


def test_of_two_spheres_the_higher_one_is_seen_whatever_their_order():
    low, high = lying(Ball(15.0, 15.0), 50, 60), lying(Ball(15.0, 15.0), 65, 60, 26.0)
    for pair in permutations([low, high]):
        scene = build_scene(pair, GROUND, scanning=True)
        seen = scene.visible / scene.full
        assert seen[pair.index(high)] == pytest.approx(1, rel=1e-3)
        assert seen[pair.index(low)] < 0.8


def test_in_transmission_the_darker_of_two_has_the_overlap_whatever_their_order():
    large, small = Ball(15.0, 15.0), Ball(9.0, 9.0)
    dense = Placed(Particle("circle", (Part(small),), small.outline, 5.0), 64, 60, 0.0)
    for darker, fainter in ((lying(large, 50, 60), lying(small, 64, 60)), (dense, lying(large, 50, 60))):
        for pair in permutations([darker, fainter]):
            scene = build_scene(pair, GROUND, scanning=False)
            pixels = np.bincount(scene.labels.ravel())[1 + pair.index(darker)]
            assert pixels == pytest.approx(darker.particle.area, rel=0.05)


def test_in_transmission_two_about_as_dark_share_what_they_overlap_and_a_far_darker_one_does_not():
    radius, distance = 20.0, 26.0
    ball = Ball(radius, radius)
    left = lying(ball, 50.2, 60.4)
    for strength, kept in ((1.0, [False, False]), (1.4, [False, False]), (1.6, [False, True])):
        right = Placed(Particle("circle", (Part(ball),), ball.outline, strength), 50.2 + distance, 60.4, 0.0)
        scene = build_scene([left, right], GROUND, scanning=False)
        lost = np.where(kept, 0.0, lens_area(radius, distance))
        assert scene.full - scene.visible == pytest.approx(lost, rel=0.02)


def test_a_sphere_that_comes_down_on_another_touches_it():
    settings = SimulationSettings(height=120, width=140, diameter_nm=60, pixel_size_nm=2)
    for aside in (0.0, 9.0, 21.0):
        stage = Stage(settings, GROUND)
        ball = Ball(15.0, 15.0)
        particle = Particle("sphere", (Part(ball),), ball.outline, 1.0)
        first, second = stage.rest(particle, 60, 60), stage.rest(particle, 60 + aside, 60)
        assert first == pytest.approx(15, abs=0.1)
        # centres of touching spheres are two radii apart; heights are compared pixel by pixel
        assert second - first == pytest.approx(sqrt(30**2 - aside**2), abs=0.3)


def test_a_sintered_sphere_sinks_into_what_it_lies_on():
    settings = SimulationSettings(height=120, width=140, diameter_nm=60, pixel_size_nm=2, sintering=0.2)
    stage = Stage(settings, GROUND)
    ball = Ball(15.0, 15.0)
    particle = Particle("sphere", (Part(ball),), ball.outline, 1.0)
    first, second = stage.rest(particle, 60, 60), stage.rest(particle, 60, 60)
    # a fifth of the diameter of 30 px, each time
    assert first == pytest.approx(15 - 6, abs=0.1)
    assert second == pytest.approx(first + 30 - 6, abs=0.1)


@pytest.mark.parametrize(("kind", "classes"), [("se", SE_CLASSES), ("stem_bf", STEM_CLASSES)])
def test_every_class_has_the_equivalent_diameter_asked_for(kind, classes):
    rng = np.random.default_rng(1)
    settings = SimulationSettings(diameter_nm=60, pixel_size_nm=1.5, spread=1.0, agglomerates=0)
    for name in classes:
        particle = draw_particle({name: 1.0}, settings, scanning=kind == "se", rng=rng)
        assert sqrt(4 * particle.area / pi) == pytest.approx(40, rel=1e-6)


def test_diameters_are_lognormal():
    settings = SimulationSettings(
        height=600, width=600, diameter_nm=20, pixel_size_nm=2, spread=1.3, clustering=0, coverage=0.25,
        classes={"circle": 1}, agglomerates=0,
    )  # fmt: skip
    placed = place("stem_bf", settings, np.zeros((600, 600), np.float32), np.random.default_rng(3))
    logs = np.log([sqrt(4 * each.particle.area / pi) for each in placed])
    # standard errors of n = 1200 draws: sigma / sqrt(n) = 0.008 and sigma / sqrt(2 n) = 0.005; three of them
    assert len(logs) > 900
    assert np.exp(logs.mean()) == pytest.approx(10, rel=0.025)
    assert logs.std() == pytest.approx(np.log(1.3), abs=0.017)


def test_rods_are_longer_than_wide_and_polygons_have_their_corners():
    rng = np.random.default_rng(2)
    settings = SimulationSettings(rounding=0.01, spread=1.0, agglomerates=0)
    for name, sides in {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6}.items():
        particle = draw_particle({name: 1.0}, settings, scanning=False, rng=rng)
        longest, _ = feret(particle.outline)
        # circumradius of a regular polygon of that area; rounding takes little of it
        circumradius = sqrt(2 * particle.area / (sides * sin(2 * pi / sides)))
        widest = 2 * circumradius * (1 if sides % 2 == 0 else cos(pi / (2 * sides)))
        assert longest == pytest.approx(widest, rel=0.02)
        assert particle.area == pytest.approx(sides * (circumradius * cos(pi / sides)) ** 2 * tan(pi / sides))
    rod = draw_particle({"rod": 1.0}, settings, scanning=False, rng=rng)
    longest, narrowest = feret(rod.outline)
    assert 0.15 < narrowest / longest < 0.6


def test_a_class_of_the_other_kind_is_refused_by_name():
    with pytest.raises(
        UsageError, match=r"'se' has no class 'hexagon'; it has sphere, sphere-like, rod, cube"
    ):
        class_shares("se", SimulationSettings(classes={"hexagon": 1}))
    with pytest.raises(UsageError, match="one of them positive"):
        class_shares("se", SimulationSettings(classes={"sphere": 0}))


@pytest.mark.parametrize(("elongation", "median"), [(1.0, (1.0, 1.3)), (3.0, (1.3, 3.0))])
def test_crystals_are_as_long_as_the_settings_allow(elongation, median):
    settings = SimulationSettings(
        classes={"sphere-like": 1}, elongation=elongation, irregularity=0.02, diameter_nm=80
    )
    rng = np.random.default_rng(5)
    aspects = []
    for _ in range(60):
        drawn = draw_particle({"sphere-like": 1.0}, settings, scanning=True, rng=rng)
        if isinstance(drawn.parts[0].solid, Polyhedron):
            longest, shortest = feret(drawn.outline)
            aspects.append(longest / shortest)
    assert len(aspects) > 15
    # facets make a body longer than the sphere that they touch: two thirds of its width at most
    assert max(aspects) < elongation * 5 / 3
    assert median[0] < np.median(aspects) < median[1]
