"""Measures of shapes whose size is known, at random positions and angles.

`benchmarks/accuracy.py` prints the figures.
"""

import cv2
import numpy as np
import pytest
from scipy.spatial import ConvexHull
from skimage.measure import regionprops

from accuracy import errors, measured
from nanosieve import Host, Micrograph, Segmentation, cut_particles
from nanosieve.measuring import compute
from rendering import capsule, disc, render, rod

HOST = Host()
SIZES = (10, 20, 60, 200)


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size} px")
def sized(request):
    """Errors of all shapes of a size, by shape and measure."""
    return request.param, errors(request.param, repeats=6, host=HOST)


def test_equivalent_diameter_is_within_a_tenth_of_a_pixel(sized):
    for shape, row in sized[1].items():
        assert abs(row["equivalent_diameter"].mean()) < 0.1, shape


def test_feret_min_is_within_015_px_where_there_are_no_sharp_corners(sized):
    # the pictures of triangles and pentagons lack their tips
    for shape in ("circle", "square", "rod", "hexagon"):
        assert abs(sized[1][shape]["feret_min"].mean()) < 0.15, shape


def test_feret_max_of_discs_is_within_015_px(sized):
    assert abs(sized[1]["circle"]["feret_max"].mean()) < 0.15


def test_form_factor_of_discs_is_one_from_20_px_up(sized):
    size, found = sized
    if size >= 20:
        assert abs(found["circle"]["form_factor"].mean()) < 0.02


def test_edges_and_restored_feret_diameters_are_within_03_px(sized):
    for shape, row in sized[1].items():
        for name in ("edge_length", "rod_length", "rod_width", "feret_max_restored", "feret_min_restored"):
            if name in row:
                assert abs(row[name].mean()) < 0.3, (shape, name)


@pytest.mark.parametrize("shape", [rod(100, 20), capsule(100, 20), rod(30, 20), capsule(40, 20)])
def test_rods_with_sharp_and_round_ends_are_told_apart(shape):
    found = measured(shape, np.random.default_rng(3), HOST)
    length = {rod(100, 20).area: 100, capsule(100, 20).area: 100, rod(30, 20).area: 30}.get(shape.area, 40)
    assert found["rod_length"] == pytest.approx(length, abs=0.1)
    assert found["rod_width"] == pytest.approx(20, abs=0.1)


def test_the_width_of_the_paper_is_area_over_length():
    # measurement.md: 100 x 20 gives 19.6, since xFmax is the diagonal; the rounded corners of a picture add a little
    covered = render(rod(100, 20), np.random.default_rng(1))
    particles = particles_of(covered).with_classes(["rod"])
    assert compute(HOST.measures["rod_width_paper"], particles, "")[0] == pytest.approx(19.6, abs=0.15)


def particles_of(covered, soft=True):
    labels = (covered >= 0.5).astype(np.int32)
    return cut_particles(
        Micrograph(pixels=covered), Segmentation(labels=labels, foreground=covered if soft else None)
    )


def values(particles, *names):
    return [compute(HOST.measures[name], particles, name)[0] for name in names]


def test_ratios_of_a_rectangle_follow_their_formulas():
    particles = particles_of(render(rod(80, 40), np.random.default_rng(2)))
    area, feret_max, feret_min, perimeter, hull = values(
        particles, "area", "feret_max", "feret_min", "perimeter", "hull_area"
    )
    assert area == pytest.approx(3200, rel=1e-3)
    wanted = {
        "circularity": np.sqrt(4 * np.pi * area / perimeter**2),
        "form_factor": 4 * np.pi * area / perimeter**2,
        "aspect_ratio": feret_min / feret_max,
        "roundness": 4 * area / (np.pi * feret_max**2),
        "compactness": np.sqrt(4 * area / np.pi) / feret_max,
        "extent": area / (feret_max * feret_min),
        "ellipse_ratio": 0.5,  # second moments of a rectangle go as its sides squared
        "solidity": min(area / hull, 1),
    }
    for name, value in wanted.items():
        assert values(particles, name)[0] == pytest.approx(value, rel=2e-3), name


def test_a_notch_lowers_solidity_and_convexity():
    covered = np.zeros((60, 60), np.float32)
    covered[10:50, 10:50] = 1
    covered[20:40, 30:50] = 0
    solidity, convexity = values(particles_of(covered), "solidity", "convexity")
    assert solidity == pytest.approx(1200 / 1600, abs=0.02)
    assert convexity == pytest.approx(160 / 200, abs=0.02)


def test_ferets_agree_with_brute_force_over_all_angles():
    rng = np.random.default_rng(5)
    covered = (cv2.GaussianBlur(rng.random((80, 80)), (0, 0), 8) > 0.5).astype(np.float32)
    labels = cv2.connectedComponents(covered.astype(np.uint8))[1].astype(np.int32)
    particles = cut_particles(Micrograph(pixels=covered), Segmentation(labels=labels))
    angles = np.linspace(0, np.pi, 3600, endpoint=False)
    for index, particle in enumerate(particles):
        widths = np.ptp(particle.outline @ np.array([np.cos(angles), np.sin(angles)]), axis=0)
        largest = compute(HOST.measures["feret_max"], particles, "")[index]
        smallest = compute(HOST.measures["feret_min"], particles, "")[index]
        assert largest == pytest.approx(widths.max(), rel=1e-5)
        assert smallest == pytest.approx(widths.min(), rel=1e-3)
        assert len(particle.hull) >= 3
        hull = ConvexHull(particle.outline)
        assert compute(HOST.measures["hull_area"], particles, "")[index] == pytest.approx(
            hull.volume, rel=1e-4
        )


def test_mean_grey_and_centroid_agree_with_scikit_image():
    rng = np.random.default_rng(6)
    labels = np.zeros((50, 70), np.int32)
    labels[5:20, 8:30] = 1
    labels[25:44, 33:60] = 2
    pixels = rng.random(labels.shape, np.float32)
    particles = cut_particles(Micrograph(pixels=pixels), Segmentation(labels=labels))
    for index, region in enumerate(regionprops(labels, pixels)):
        grey, x, y = (
            compute(HOST.measures[name], particles, "")[index]
            for name in ("mean_grey", "centroid_x", "centroid_y")
        )
        assert grey == pytest.approx(region.intensity_mean, rel=1e-5)
        assert (y, x) == pytest.approx(region.centroid)


def test_measures_of_a_class_are_nan_for_others():
    particles = particles_of(render(disc(40), np.random.default_rng(0))).with_classes(["circle"])
    assert np.isnan(values(particles, "edge_length", "rod_length", "feret_max_restored")).all()
