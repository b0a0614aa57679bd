"""By how much a model's diameters are off: measured on labels, kept in its card, found again for each image."""

import json

import imagecodecs
import numpy as np
import pandas as pd
import pytest

from nanosieve import Micrograph, Segmentation
from nanosieve.answering import boundaries_of, boundary_of, card_of
from nanosieve.errors import ModelError, UsageError
from nanosieve.evaluation.boundary import Offsets, boundary_table, offset_over, offsets_of, record_of
from nanosieve.evaluation.card_boundary import bundle_folder, write_boundary
from nanosieve.evaluation.evaluate import ABOUT, Evaluation
from nanosieve.loading import Loaded
from nanosieve.matching import overlap_of
from nanosieve.models import Boundary, ModelCard, read_bundle, write_card
from pictures import write_tiff

SHAPE = (200, 260)
# Centre and radius; the last one is cut by the frame, the one before has 24 px across.
DISCS = [
    (50.3, 50.7, 20.0),
    (120.2, 60.1, 25.0),
    (60.0, 140.5, 18.0),
    (200.4, 90.8, 30.0),
    (130.0, 150.0, 12.0),
]
CUT = (250.0, 170.0, 20.0)


def discs(discs, larger=0.0):
    """Labels, and the covered share of each pixel, of discs that are `larger` across by so many px."""
    y, x = np.indices(SHAPE, dtype=float)
    labels, covered = np.zeros(SHAPE, np.int32), np.zeros(SHAPE, np.float32)
    for number, (centre_x, centre_y, radius) in enumerate(discs, 1):
        share = np.clip(radius + larger / 2 - np.hypot(x - centre_x, y - centre_y) + 0.5, 0, 1)
        labels[share >= 0.5] = number
        covered = np.maximum(covered, share.astype(np.float32))
    return labels, covered


def found_larger_by(larger):
    truth, _ = discs([*DISCS, CUT])
    labels, covered = discs([*DISCS, CUT], larger)
    return offsets_of(
        Micrograph(pixels=covered),
        Segmentation(labels=labels, foreground=covered),
        truth,
        overlap_of(labels, truth),
    )


@pytest.mark.parametrize("larger", [-0.6, 0.0, 0.8])
def test_the_offset_is_by_how_much_discs_are_found_too_large(larger):
    offsets = found_larger_by(larger)
    assert len(offsets.offset) == len(DISCS), "the one at the frame does not count"
    # labels of whole pixels are right to 0.02 px in the mean of four discs
    assert np.median(offsets.between(30, np.inf)) == pytest.approx(larger, abs=0.05)
    assert len(offsets.between(10, 30)) == 1


def test_an_image_in_which_segmenting_failed_has_no_say():
    truth, covered = discs(DISCS)
    found = np.where(truth == 1, 1, 0).astype(np.int32)
    # one of five is found, and a piece of dirt: F1 = 2 / (5 + 2)
    found[180:190, 20:30] = 2
    offsets = offsets_of(
        Micrograph(pixels=covered), Segmentation(labels=found), truth, overlap_of(found, truth)
    )
    assert len(offsets.offset) == 0


def test_offsets_over_images_are_the_median_of_their_medians():
    diameters = np.full(5, 40.0)
    images = [Offsets(diameters, np.array([-9, level, level, level, 9.0])) for level in (0.1, 0.2, 0.6)]
    offset = offset_over(images)
    assert (offset.offset_px, offset.images, offset.particles) == (0.2, 3, 15)
    # median absolute deviation from 0.2: 0.1; a normal distribution has 0.6745 of its standard deviation
    assert offset.sd_images_px == pytest.approx(0.1 / 0.67449, rel=1e-4)
    assert np.isnan(offset.low_px), "three images are too few for an interval"


def test_shapes_have_offsets_of_their_own_where_two_images_show_them():
    names = np.array(["circle"] * 3 + ["rod"] * 3, object)
    image = Offsets(np.full(6, 40.0), np.array([-1.0] * 3 + [0.5] * 3), names)
    # of several particles, or half hidden: that they come out too small is no matter of their edge
    heaps = Offsets(np.full(3, 40.0), np.full(3, -9.0), np.array(["agglomerate"] * 3, object))
    cubes = Offsets(np.full(3, 40.0), np.full(3, 9.0), np.array(["cube"] * 3, object))
    boundary = record_of([image, image, cubes, heaps, heaps], "these")
    assert {name: (each.offset_px, each.images) for name, each in boundary.classes.items()} == {
        "circle": (-1.0, 2),
        "rod": (0.5, 2),
    }
    assert boundary.of("rod").offset_px == 0.5
    assert boundary.of("cube") is boundary
    assert boundary_table([image, cubes])["shape"].tolist() == ["", "", "", "", "", "circle", "cube", "rod"]


def test_offsets_are_in_px_of_the_picture_that_the_model_saw():
    truth, _ = discs(DISCS)
    labels, covered = discs(DISCS, 0.6)
    segmentation = Segmentation(labels=labels, foreground=covered, magnification=2.0)
    offsets = offsets_of(
        Micrograph(pixels=covered), segmentation, truth, overlap_of(labels, truth), {1: "circle"}
    )
    assert np.median(offsets.offset) == pytest.approx(1.2, abs=0.1)
    assert offsets.shapes.tolist() == ["circle", "", "", "", ""]


def test_the_interval_over_images_holds_the_truth():
    # images err by a normal 0.3 px about 0.5 px: of 40 sets of 12 images the nominal 95 % hold it in 33 or more
    # in all but 0.1 % of cases if their coverage is 95 %, and it is 92 to 98 % for pooled medians
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(40):
        levels = 0.5 + 0.3 * rng.standard_normal(12)
        images = [Offsets(np.full(20, 50.0), level + 0.2 * rng.standard_normal(20)) for level in levels]
        offset = offset_over(images)
        held += offset.low_px <= 0.5 <= offset.high_px
    assert held >= 33


def test_images_with_few_particles_have_no_say():
    few, enough = Offsets(np.full(2, 40.0), np.full(2, 9.0)), Offsets(np.full(3, 40.0), np.full(3, 0.5))
    assert offset_over([few, enough]).images == 1
    nothing = offset_over([few])
    assert (nothing.images, nothing.particles) == (0, 0)
    assert np.isnan(nothing.offset_px)


def test_the_table_has_the_classes_of_size():
    table = boundary_table([found_larger_by(0.4)])
    assert table["from_px"].tolist() == [30, 10, 30, 60, 120]
    assert table["particles"].tolist() == [4, 0, 3, 0, 0], "classes with fewer than three particles are empty"


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    write_card(
        folder, ModelCard(name="spheres", kind="segmenter", plugin="threshold", plugin_version="0.1.0")
    )
    return folder


def evaluation(levels=(0.3, 0.5), interrupted=False):
    rows = [(f"{n}.png", "lab", "a", 5, 5) for n, _ in enumerate(levels)]
    return Evaluation(
        images=pd.DataFrame(rows, columns=list(ABOUT)),
        sizes=(),
        offsets=tuple(Offsets(np.full(4, 40.0), np.full(4, level)) for level in levels),
        failures=(),
        interrupted=interrupted,
    )


def provenance(**change):
    return {"data": {"file": "lab/data.toml", "split": "validation"}, "seen_in_training": [], **change}


def test_the_offset_is_kept_in_the_card(bundle):
    write_boundary(evaluation(), provenance(), bundle)
    boundary = read_bundle(bundle).card.boundary
    assert (boundary.offset_px, boundary.images, boundary.particles) == (0.4, 2, 8)
    assert boundary.sd_px == pytest.approx(0.1 / 0.67449, abs=1e-3)
    assert boundary.data == "data.toml, validation: lab (2 images)"


@pytest.mark.parametrize(
    ("given", "record", "word"),
    [
        (evaluation(interrupted=True), provenance(), "stopped"),
        (evaluation(), provenance(seen_in_training=["lab/0.png"]), "trained on these"),
        (evaluation(levels=(0.3,)), provenance(), "1 images"),
    ],
)
def test_what_says_nothing_of_the_model_is_not_written(bundle, given, record, word):
    with pytest.raises(ModelError, match=word):
        write_boundary(given, record, bundle)
    assert read_bundle(bundle).card.boundary is None


def test_only_the_folder_of_a_model_can_be_written_to(bundle, tmp_path):
    assert bundle_folder(str(bundle)) == bundle
    for other in ("auto", "shipped:se-segmenter", str(tmp_path)):
        with pytest.raises(UsageError, match="--write-boundary"):
            bundle_folder(other)


def test_the_command_writes_what_it_prints(nanosieve, bundle, tmp_path):
    truth, covered = discs(DISCS)
    for number in range(2):
        write_tiff(tmp_path / "images" / f"{number}.tif", np.round(60 + 120 * covered).astype(np.uint8))
        labels = tmp_path / "labels" / f"{number}.png"
        labels.parent.mkdir(exist_ok=True)
        labels.write_bytes(imagecodecs.png_encode(truth.astype(np.uint16)))
    data = tmp_path / "data.toml"
    data.write_text(
        '[[source]]\nname = "discs"\nimages = "images"\nlabels = "labels"\n'
        'split = "validation"\npolarity = "bright"\n'
    )
    finished = nanosieve("evaluate", "segmenter", bundle, data, "--out", tmp_path / "out", "--write-boundary")
    assert finished.returncode == 0, finished.stderr
    boundary = read_bundle(bundle).card.boundary
    assert f"boundary of {boundary.offset_px:+.3f} px written" in finished.stderr
    assert (boundary.images, boundary.particles) == (2, 8)
    # half of the contrast is where half of a pixel is covered
    assert abs(boundary.offset_px) < 0.3
    (row, *_) = json.loads((tmp_path / "out" / "scores.json").read_text())["boundary"]
    assert row["offset_px"] == pytest.approx(boundary.offset_px, abs=1e-3)


def test_a_card_without_a_boundary_still_reads(bundle):
    text = json.loads((bundle / "model.json").read_text())
    del text["boundary"]
    (bundle / "model.json").write_text(json.dumps(text))
    assert read_bundle(bundle).card.boundary is None


def test_the_model_that_answered_is_asked():
    measured = record_of([Offsets(np.full(3, 40.0), np.full(3, 0.2))] * 2, "these")
    cards = {
        name: ModelCard(name=name, kind="segmenter", plugin="p", plugin_version="1", boundary=boundary)
        for name, boundary in (("se", measured), ("stem", None))
    }
    chooser = Loaded(tool=None, plugin="p", name="auto", distribution="d", version="1", cards=cards)
    assert boundary_of(chooser, "se") == Boundary(
        offset_px=0.2, sd_px=0.0, particles=6, images=2, data="these"
    )
    assert boundary_of(chooser, "stem") is None
    assert card_of(chooser, "") is None
    assert boundaries_of(chooser) == {"se": measured.model_dump(mode="json")}
    alone = Loaded(tool=None, plugin="p", name="se", distribution="d", version="1", card=cards["se"])
    assert boundary_of(alone) == measured
