"""Labelled data come in whole, or all that is wrong with them is said at once."""

import json

import numpy as np
import pytest
import roifile
import tifffile
from pycocotools import mask as coco_mask

from labelled_pictures import disc_labels, write_data, write_png
from nanosieve import Host
from nanosieve.errors import DataError, UsageError
from nanosieve.labelled import load_all, open_gaps, read_data
from nanosieve.labelled.splits import split_groups

READERS = Host().readers
SHAPE = (60, 80)
# Corners on pixel edges: the square covers rows 10 to 29 and columns 20 to 39, the triangle lies apart.
SQUARE = [(20, 10), (40, 10), (40, 30), (20, 30)]
SQUARE_LABELS = np.zeros(SHAPE, np.int32)
SQUARE_LABELS[10:30, 20:40] = 1


def source(folder, labels, **options):
    write_png(folder / "images" / "one.png", np.full(SHAPE, 100, np.uint8))
    lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
    text = [
        "[[source]]",
        'name = "s"',
        'images = "images"',
        f'labels = "{labels}"',
        "data_bar = false",
        *lines,
    ]
    (folder / "data.toml").write_text("\n".join(text))
    return folder / "data.toml"


def only(path):
    (image,) = load_all(read_data(path, READERS).entries)
    return image


@pytest.mark.parametrize(
    ("dtype", "suffix"), [(np.uint8, "png"), (np.uint16, "png"), (np.uint32, "tif"), (np.float32, "tif")]
)
def test_label_images_of_any_depth_give_the_same_particles(tmp_path, dtype, suffix):
    labels = disc_labels(SHAPE, [(20, 20, 8), (50, 30, 9)]).astype(dtype)
    path = tmp_path / "labels" / f"one.{suffix}"
    path.parent.mkdir()
    if suffix == "png":
        write_png(path, labels)
    else:
        tifffile.imwrite(path, labels)
    assert np.array_equal(only(source(tmp_path, "labels")).labels, labels)


def test_in_masks_what_hangs_together_is_a_particle(tmp_path):
    mask = (disc_labels(SHAPE, [(20, 20, 8), (50, 30, 9)]) > 0) * np.uint8(255)
    write_png(tmp_path / "labels" / "one.png", mask)
    assert only(source(tmp_path, "labels", format="masks")).labels.max() == 2
    # taken for labels, both discs have the number 255
    assert only(source(tmp_path, "labels")).labels.max() == 1


def test_imagej_labelme_and_coco_agree_on_a_square(tmp_path):
    folder = tmp_path / "imagej"
    folder.mkdir()
    roifile.ImagejRoi.frompoints(np.array(SQUARE, np.float32)).tofile(folder / "one.roi")
    (tmp_path / "labelme").mkdir()
    (tmp_path / "labelme" / "one.json").write_text(
        json.dumps(
            {"shapes": [{"shape_type": "polygon", "points": SQUARE}], "imageHeight": 60, "imageWidth": 80}
        )
    )
    image = {"id": 7, "file_name": "one.png", "height": 60, "width": 80}
    polygon = {"image_id": 7, "segmentation": [[value for point in SQUARE for value in point]]}
    (tmp_path / "polygons.json").write_text(json.dumps({"images": [image], "annotations": [polygon]}))
    lengths = coco_mask.encode(np.asfortranarray(SQUARE_LABELS.astype(np.uint8)))
    run = {"image_id": 7, "segmentation": {"size": [60, 80], "counts": lengths["counts"].decode()}}
    (tmp_path / "lengths.json").write_text(json.dumps({"images": [image], "annotations": [run]}))
    for labels in ("imagej", "labelme", "polygons.json", "lengths.json"):
        assert np.array_equal(only(source(tmp_path, labels)).labels, SQUARE_LABELS), labels


def test_a_zip_of_imagej_regions_holds_a_particle_each_but_lines_are_none(tmp_path):
    (tmp_path / "rois").mkdir()
    oval = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.OVAL, left=50, right=70, top=30, bottom=50, name="oval")
    line = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.LINE, left=0, top=0, right=5, bottom=5, name="line")
    square = roifile.ImagejRoi.frompoints(np.array(SQUARE, np.float32), name="square")
    roifile.roiwrite(tmp_path / "rois" / "one.zip", [square, line, oval])
    labels = only(source(tmp_path, "rois")).labels
    assert np.array_equal(labels == 1, SQUARE_LABELS == 1)
    # the area of a disc of radius 10
    assert np.count_nonzero(labels == 2) == pytest.approx(np.pi * 100, rel=0.03)


def test_a_labelme_circle_has_its_radius(tmp_path):
    (tmp_path / "circles").mkdir()
    drawn = {"shape_type": "circle", "points": [[40, 30], [52, 30]]}
    (tmp_path / "circles" / "one.json").write_text(
        json.dumps({"shapes": [drawn], "imageHeight": 60, "imageWidth": 80})
    )
    assert only(source(tmp_path, "circles")).labels.sum() == pytest.approx(np.pi * 144, rel=0.02)


def test_all_that_is_wrong_is_listed_at_once(tmp_path):
    path = write_data(tmp_path, names=("a", "b", "c", "d"), validation=())
    path.write_text(path.read_text().split("[[source]]")[1].join(["[[source]]", ""]))
    write_png(tmp_path / "train" / "labels" / "a.png", np.ones((50, 50), np.uint8))
    write_png(tmp_path / "train" / "labels" / "b.png", np.zeros((128, 128), np.uint8))
    write_png(tmp_path / "train" / "labels" / "c.png", np.ones((128, 128), np.uint8))
    (tmp_path / "train" / "images" / "d.png").write_bytes(b"no picture")
    with pytest.raises(DataError) as caught:
        load_all(read_data(path, READERS).entries)
    message = str(caught.value)
    assert "4 problem(s)" in message
    for words in (
        "a.png': the image has 128 x 128",
        "b.png': its labels are empty",
        "one class only",
        "train/d.png: ",
    ):
        assert words in message


def test_sources_without_pairs_are_named_together(tmp_path):
    path = write_data(tmp_path)
    path.write_text(path.read_text().replace("/labels", "/nothing"))
    with pytest.raises(DataError, match=r"(?s)source 'train': there is no folder.*source 'validation'"):
        read_data(path, READERS)
    (tmp_path / "train" / "nothing").mkdir()
    (tmp_path / "validation" / "nothing").mkdir()
    write_png(tmp_path / "train" / "nothing" / "other.png", np.ones((4, 4), np.uint8))
    with pytest.raises(DataError, match=r"no image of .* has labels in"):
        read_data(path, READERS)


def test_an_unknown_option_of_a_source_gets_the_close_match(tmp_path):
    path = write_data(tmp_path)
    path.write_text(path.read_text().replace("polarity", "polarty", 1))
    with pytest.raises(UsageError, match=r"'source\.0\.polarty'; did you mean 'polarity'"):
        read_data(path, READERS)


def test_touching_particles_get_a_gap_also_over_corners():
    labels = np.zeros((6, 6), np.int32)
    labels[:3, :3], labels[3:, 3:], labels[:3, 3:] = 1, 2, 3
    opened = open_gaps(labels)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here, there = opened[: 6 - down], opened[down:]
        here, there = (
            (here[:, :-1], there[:, 1:])
            if right > 0
            else (here[:, 1:], there[:, :-1])
            if right
            else (here, there)
        )
        assert not ((here != there) & (here > 0) & (there > 0)).any()
    # one pixel wide: three pairs lie side by side, and three one above the other
    assert np.count_nonzero(labels) - np.count_nonzero(opened) == 6


def test_a_paper_is_never_split():
    generator = np.random.default_rng(0)
    groups = [f"paper {number}" for number in generator.integers(0, 40, 300)]
    splits = split_groups(groups, validation=0.2, test=0.1, seed=3)
    assert all(
        len({split for group, split in zip(groups, splits, strict=True) if group == one}) == 1
        for one in groups
    )
    assert 0.2 <= splits.count("validation") / 300 < 0.25
    assert 0.1 <= splits.count("test") / 300 < 0.15
    assert splits != split_groups(groups, validation=0.2, test=0.1, seed=4)


def test_a_table_says_paper_and_which_images_to_take(tmp_path):
    path = write_data(tmp_path, names=tuple("abcdef"), validation=())
    (tmp_path / "papers.csv").write_text(
        "image,doi,kind\n" + "".join(f"{n}.png,{n in 'abc'},{'x' if n < 'f' else 'y'}\n" for n in "abcdef")
    )
    path.write_text(
        '[[source]]\nname = "s"\nimages = "train/images"\nlabels = "train/labels"\ntable = "papers.csv"\n'
        'group_column = "doi"\nvalidation = 0.4\n[source.where]\nkind = "x"\n'
    )
    entries = read_data(path, READERS).entries
    assert sorted(entry.path.stem for entry in entries) == list("abcde")
    assert {entry.split for entry in entries if entry.path.stem in "abc"} != {"train", "validation"}
    side = {entry.name: entry.split for entry in entries}
    path.write_text(path.read_text().replace('"x"', '"y"'))
    (chosen,) = read_data(path, READERS).entries
    path.write_text(path.read_text().split("[source.where]")[0])
    # a choice of images moves none to another split
    everything = {entry.name: entry.split for entry in read_data(path, READERS).entries}
    assert {**side, chosen.name: chosen.split} == everything
    path.write_text(path.read_text().replace('"doi"', '"dio"'))
    with pytest.raises(DataError, match="no column 'dio'; there are image, doi, kind"):
        read_data(path, READERS)
