"""A set of labelled images is known by what it holds, not by where it lies."""

import shutil

import pytest

from labelled_pictures import write_data
from nanosieve import Host
from nanosieve.labelled import fingerprint, read_data

READERS = Host().readers


def known_by(file):
    return fingerprint(read_data(file, READERS).entries)


@pytest.fixture
def data(tmp_path):
    return write_data(tmp_path / "data", names=("a", "b", "c"))


def test_a_copy_elsewhere_has_the_same_fingerprint(data, tmp_path):
    copy = shutil.copytree(data.parent, tmp_path / "copy")
    assert known_by(copy / "data.toml") == known_by(data)


def change_image(folder):
    (folder / "train" / "images" / "a.png").write_bytes((folder / "train" / "images" / "c.png").read_bytes())


def change_labels(folder):
    (folder / "train" / "labels" / "a.png").write_bytes((folder / "train" / "labels" / "c.png").read_bytes())


def leave_one_out(folder):
    (folder / "train" / "images" / "a.png").unlink()


def rename_one(folder):
    for kind in ("images", "labels"):
        (folder / "train" / kind / "a.png").rename(folder / "train" / kind / "d.png")


def split_otherwise(folder):
    text = (folder / "data.toml").read_text()
    (folder / "data.toml").write_text(text.replace('split = "validation"', 'split = "test"'))


@pytest.mark.parametrize(
    "change",
    [change_image, change_labels, leave_one_out, rename_one, split_otherwise],
    ids=lambda change: change.__name__,
)
def test_any_change_changes_it(data, change):
    before = known_by(data)
    change(data.parent)
    assert known_by(data) != before


def test_a_shape_class_is_part_of_it(data):
    classes = data.parent / "classes.csv"
    data.write_text(data.read_text().replace('split = "train"', 'split = "train"\nclasses = "classes.csv"'))
    found = []
    for name in ("circle", "rod"):
        classes.write_text(f"image,instance,class\na.png,1,{name}\nc.png,1,circle\n")
        found.append(known_by(data))
    assert found[0] != found[1]
