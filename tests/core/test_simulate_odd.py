"""Odd shapes have the areas and volumes of geometry, and are drawn only where they are asked for."""

from math import cos, pi, sin, sqrt

import numpy as np
import pytest

from nanosieve.errors import UsageError
from nanosieve.simulate import KINDS, SimulationSettings, crowded_settings, random_settings, simulate
from nanosieve.simulate.odd_shapes import Screw, cross_corners, octahedron, star_corners
from nanosieve.simulate.particle import Part, Particle, class_shares, draw_particle
from nanosieve.simulate.placing import Placed
from nanosieve.simulate.plate import Plate, rounded
from nanosieve.simulate.polygons import covered_share, feret, polygon_area
from nanosieve.simulate.scene import build_scene
from nanosieve.simulate.settings import ODD_CLASSES

GROUND = np.zeros((120, 140), np.float32)
SCREW = Screw(half_length=30.0, radius=10.0, end=5.0, pitch=12.0, depth=0.2, slant=0.7, angle=0.5)


def scene_of(solid):
    particle = Particle("cross", (Part(solid),), solid.outline, 1.0)
    return build_scene([Placed(particle, 60.3, 55.7, 0.0)], GROUND, scanning=False)


def volume(solid):
    scene = scene_of(solid)
    return scene.samples.gather(scene.depth).sum(dtype=float)


def counted_share(solid, centre, fine=24):
    """The share of each pixel of 30 x 30 whose points lie inside."""
    steps = (np.arange(30 * fine) + 0.5) / fine - 0.5
    x, y = np.meshgrid(steps, steps)
    inside = solid.inside(x - centre[0], y - centre[1]) > 0
    return inside.reshape(30, fine, 30, fine).mean(axis=(1, 3))


@pytest.mark.parametrize("points", [4, 5, 6])
def test_a_star_is_made_of_two_triangles_a_point(points):
    # each with its sides 1 and 0.4 at an angle of pi / points
    assert polygon_area(star_corners(points, 0.4)) == pytest.approx(points * 0.4 * sin(pi / points))


def test_a_cross_is_two_bars_less_the_square_they_share():
    corners = 20 * cross_corners(0.3)
    assert polygon_area(corners) == pytest.approx(2 * 40 * 12 - 12**2)
    # no two points are further apart than the diagonal of a bar; the narrowest way through touches two tips each side
    assert feret(corners) == pytest.approx((sqrt(40**2 + 12**2), (40 + 12) / sqrt(2)))


def test_rounding_takes_from_corners_and_fills_notches():
    # an arc of radius r in a right angle leaves (1 - pi / 4) r^2 outside; 8 corners lose it, 4 notches gain it
    ring = rounded(20 * cross_corners(0.3), 2.0)
    assert polygon_area(ring) == pytest.approx(2 * 40 * 12 - 12**2 - 4 * (1 - pi / 4) * 2.0**2, rel=1e-4)


def test_an_octahedron_is_a_square_from_its_corner_and_a_hexagon_from_its_face():
    # sharp edges are sqrt(2) long; those of the core are shorter, and the rounding goes around them
    core, radius = sqrt(2) * 0.9, 0.1 / sqrt(3)
    rounded_square = core**2 + 4 * core * radius + pi * radius**2
    assert polygon_area(octahedron(0.1).outline) == pytest.approx(rounded_square, rel=1e-4)
    settings = SimulationSettings(rounding=0.01, spread=1.0)
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(20):
        drawn = draw_particle({"octahedron": 1.0}, settings, scanning=False, rng=rng)
        shares.append(drawn.area / feret(drawn.outline)[0] ** 2)
    # area over the square of the diagonal: of a square 1 / 2, of a regular hexagon 3 sqrt(3) / 8
    square, hexagon = (np.isclose(shares, value, rtol=0.02) for value in (1 / 2, 3 * sqrt(3) / 8))
    assert (square | hexagon).all()
    assert square.any()
    assert hexagon.any()


def test_thickness_of_odd_shapes_adds_up_to_their_volume():
    # upright walls: area times thickness
    cross = Plate(35 * cross_corners(0.3), 6.0, 0.2)
    assert volume(cross) == pytest.approx((2 * 70 * 21 - 21**2) * 12, rel=0.005)
    # the edge is sqrt(2) times the distance of a corner; a rounding of 2 % takes next to nothing
    body = octahedron(0.02).scaled(30.0)
    assert volume(body) == pytest.approx(sqrt(2) / 3 * (30 * sqrt(2)) ** 3, rel=0.02)


def test_a_screw_has_the_volume_of_its_turning_profile_where_its_threads_are_not_askew():
    level = Screw(half_length=30.0, radius=10.0, end=5.0, pitch=12.0, depth=0.2, slant=0.0, angle=0.5)
    # pi times the mean square of 1 + depth cos: 1 + depth^2 / 2 over 5 whole threads; integrated along both ends
    along = 30 + 5 * (np.arange(2000) + 0.5) / 2000
    ends = (1 - ((along - 30) / 5) ** 2) * (1 + 0.2 * np.cos(2 * pi * along / 12)) ** 2
    exact = pi * 10**2 * (60 * (1 + 0.2**2 / 2) + 2 * 5 * ends.mean())
    assert volume(level) == pytest.approx(exact, rel=0.005)
    # askew threads are 12 wide at every distance from the axis, and so take as much
    assert volume(SCREW) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize(
    "solid",
    [
        Plate(rounded(12 * star_corners(5, 0.4), 0.6), 5.0, 0.6),
        Plate(rounded(12 * cross_corners(0.3) @ np.array([[0.8, 0.6], [-0.6, 0.8]]), 1.0), 5.0, 1.0),
        SCREW.scaled(0.35),
    ],
)
def test_the_share_of_each_pixel_agrees_with_counting_a_fine_grid(solid):
    centre = np.array([14.31, 14.77])
    patch = covered_share(solid.outline + centre, (30, 30))
    image = np.zeros((30, 30))
    image[patch.slices] = patch.values
    # two edges may pass a pixel in a notch, each with an error below one row of its points
    assert np.abs(image - counted_share(solid, centre)).max() < 2 / 24


def test_distance_to_a_plate_is_that_to_its_nearest_side_or_corner():
    cross = Plate(20 * cross_corners(0.3), 5.0, 1.0)
    x, y = np.array([0.0, 15.0, 15.0, 23.0, 10.0]), np.array([0.0, 0.0, 5.0, 10.0, 10.0])
    # in the middle the notches are nearest, each 6 aside and 6 down
    assert cross.inside(x, y) == pytest.approx([6 * sqrt(2), 5, 1, -5, -4])


def test_the_rim_of_a_plate_is_a_quarter_of_a_circle():
    plate = Plate(np.array([[-20.0, -20], [20, -20], [20, 20], [-20, 20]]), 8.0, 4.0)
    x, y = np.array([0.0, 20 - 4 * (1 - cos(pi / 4))]), np.zeros(2)
    assert plate.heights(x, y)[1] == pytest.approx([8, 4 + 4 * sin(pi / 4)])
    surface = plate.surface(x, y)
    assert surface.normal_z == pytest.approx([1, sin(pi / 4)])
    assert surface.normal_x == pytest.approx([0, cos(pi / 4)])
    assert surface.edge_distance == pytest.approx([20, 4 * (1 - cos(pi / 4))])


def test_normals_of_a_screw_are_upright_to_its_surface():
    rng = np.random.default_rng(4)
    x, y = rng.uniform(-25, 25, (2, 400))
    clear = SCREW.inside(x, y) > 1
    x, y = x[clear], y[clear]
    step = 1e-4
    slopes = [
        (SCREW.heights(x + dx, y + dy)[1] - SCREW.heights(x - dx, y - dy)[1]) / (2 * step)
        for dx, dy in ((step, 0), (0, step))
    ]
    surface = SCREW.surface(x, y)
    assert -surface.normal_x / surface.normal_z == pytest.approx(slopes[0], abs=1e-4)
    assert -surface.normal_y / surface.normal_z == pytest.approx(slopes[1], abs=1e-4)


@pytest.mark.parametrize("name", ODD_CLASSES)
@pytest.mark.parametrize("scanning", [True, False])
def test_every_odd_class_has_the_equivalent_diameter_asked_for_and_covers_its_area(name, scanning):
    settings = SimulationSettings(diameter_nm=60, pixel_size_nm=1.5, spread=1.0)
    rng = np.random.default_rng(2)
    for _ in range(3):
        # agglomerates, a known class, are never made of them
        particle = draw_particle({name: 1.0}, settings, scanning=scanning, rng=rng)
        assert particle.drawn_class == name
        assert sqrt(4 * particle.area / pi) == pytest.approx(40, rel=1e-6)
        scene = build_scene([Placed(particle, 70.2, 60.4, 20.0)], GROUND, scanning=scanning)
        assert scene.coverage.sum(dtype=float) == pytest.approx(particle.area, rel=1e-4)
        assert scene.visible[0] == pytest.approx(scene.full[0], rel=1e-6)


@pytest.mark.parametrize("name", ["star", "cross", "debris"])
def test_flat_odd_classes_and_their_outlines_are_concave(name):
    settings = SimulationSettings(spread=1.0)
    rng = np.random.default_rng(3)
    for _ in range(10):
        particle = draw_particle({name: 1.0}, settings, scanning=True, rng=rng)
        hull = np.array([particle.reach(angle) for angle in 2 * pi * np.arange(720) / 720])
        # area of a convex shape by its support function h: half the integral of h^2 - h'^2
        slope = np.gradient(np.concatenate([hull[-1:], hull, hull[:1]]), 2 * pi / 720)[1:-1]
        assert particle.area < 0.85 * pi * (hull**2 - slope**2).mean()


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_odd_classes_have_labels_as_large_as_their_outlines(kind):
    settings = SimulationSettings(
        height=400, width=500, pixel_size_nm=2.0, diameter_nm=100, classes=ODD_CLASSES, coverage=0.35,
        clustering=0.3,
    )  # fmt: skip
    picture = simulate(kind, settings, seed=2)
    table = picture.particles
    assert set(table["drawn_class"]) == set(ODD_CLASSES)
    whole = table[~table["touches_edge"] & (table["visible_share"] > 1 - 1e-9)]
    assert len(whole) > 5
    pixels = np.bincount(picture.labels.ravel())[whole["label"]]
    # the outline is up to twice as long as that of a disc, and the error of counting grows with it
    assert pixels * 2.0**2 == pytest.approx(whole["area_nm2"].to_numpy(), rel=0.025)


def test_odd_classes_are_drawn_only_where_they_are_named():
    for kind in KINDS:
        assert not set(class_shares(kind, SimulationSettings())) & set(ODD_CLASSES)
        rng = np.random.default_rng(0)
        for draw in (random_settings, crowded_settings):
            for _ in range(40):
                assert not set(draw(rng, kind).classes) & set(ODD_CLASSES)
        assert class_shares(kind, SimulationSettings(classes={"star": 1, "rod": 3})) == {
            "star": 0.25,
            "rod": 0.75,
        }


def test_a_refusal_lists_the_odd_classes_too():
    with pytest.raises(UsageError, match=r"hexagon, star, octahedron, cross, screw, debris"):
        class_shares("stem_bf", SimulationSettings(classes={"cube": 1}))
