"""The class of each labelled particle: in CSV files, or by the folder of its picture."""

import numpy as np
import pytest

from labelled_pictures import disc_labels, write_png
from nanosieve import Host
from nanosieve.errors import DataError, UsageError
from nanosieve.labelled import load_all, read_data
from nanosieve.labelled.shape_classes import read_classes
from nanosieve.polarity import find_polarity
from pictures import draw_discs

READERS = Host().readers
SHAPE = (60, 80)
# The number of a disc in the label image is its place here, from 1.
DISCS = [(15, 30, 8), (40, 30, 8), (65, 30, 8)]


def write_images(folder, *names, labels=None):
    for name in names:
        write_png(folder / "images" / f"{name}.png", draw_discs(SHAPE, DISCS))
        write_png(folder / "labels" / f"{name}.png", disc_labels(SHAPE, DISCS) if labels is None else labels)


def describe(folder, *lines, labels='labels = "labels"', data_bar="false"):
    text = ["[[source]]", 'name = "s"', 'images = "images"', labels, f"data_bar = {data_bar}", *lines]
    (folder / "data.toml").write_text("\n".join(text))
    return folder / "data.toml"


def loaded(path):
    return load_all(read_data(path, READERS).entries)


def write_lines(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("number", ["instance", "label"])
def test_one_file_names_the_classes_of_all_images(tmp_path, number):
    write_images(tmp_path, "a", "b")
    # with and without ending, in any order, not all particles, further columns
    rows = ["b,rod,3,x", "a.png,circle,1,y", "b,circle,1,z"]
    write_lines(tmp_path / "classes.csv", f"image,class,{number},more", *rows)
    images = {image.name: image.classes for image in loaded(describe(tmp_path, 'classes = "classes.csv"'))}
    assert images == {"s/a.png": {1: "circle"}, "s/b.png": {1: "circle", 3: "rod"}}


def test_a_folder_holds_one_file_for_each_image(tmp_path):
    write_images(tmp_path, "a", "b")
    for name, rows in {"a": ["1,circle", "2,rod"], "b": ["3,rod"]}.items():
        write_lines(tmp_path / "truth" / f"{name}_particles.csv", "label,class", *rows)
    # not one of those that the ending chooses
    write_lines(tmp_path / "truth" / "a_sizes.csv", "label,area", "1,200")
    path = describe(tmp_path, 'classes = "truth"', 'classes_ending = "_particles"')
    assert [image.classes for image in loaded(path)] == [{1: "circle", 2: "rod"}, {3: "rod"}]


def test_a_file_of_a_spreadsheet_with_a_byte_order_mark_is_read(tmp_path):
    path = write_lines(tmp_path / "classes.csv", "\ufeffimage,instance,class", "a,1, circle ")
    assert read_classes(path, "") == {"a": {1: "circle"}}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("instance,class", "1,rod"), ("no column 'image'", "there are instance, class")),
        (("image,instance,shape", "a,1,rod"), ("no column 'class'",)),
        (("image,particle,class", "a,1,rod"), ("no column 'instance'", "particle")),
        (("image,instance,class", "a,1,rod", "a,two,rod"), ("line 3", "instance = 'two' is no number")),
        (("class,instance,image", "rod"), ("line 2", "instance = None is no number")),
        (("image,instance,class", "a,0,rod"), ("line 2", "instance = 0", "particles count from 1")),
        (
            ("image,instance,class", "a,1,rod", "a,2, "),
            ("line 3", "particle 2 has no class", "leave the row out"),
        ),
        (
            ("image,instance,class", "a,7,rod", "a.png,7,cube"),
            ("particle 7 of 'a.png' has two classes, 'rod' and 'cube'",),
        ),
    ],
)
def test_a_mistake_in_the_file_names_file_and_value(tmp_path, lines, words):
    path = write_lines(tmp_path / "classes.csv", *lines)
    with pytest.raises(DataError) as caught:
        read_classes(path, "")
    for word in (str(path), *words):
        assert word in str(caught.value)


def test_a_particle_with_two_classes_is_named_in_a_folder_of_files_too(tmp_path):
    path = write_lines(tmp_path / "truth" / "a.csv", "instance,class", "7,rod", "7,cube", "7,rod")
    with pytest.raises(DataError, match=r"a\.csv': particle 7 has two classes, 'rod' and 'cube'"):
        read_classes(tmp_path / "truth", "")
    # twice the same is no contradiction
    write_lines(path, "instance,class", "7,rod", "7,rod")
    assert read_classes(tmp_path / "truth", "") == {"a": {7: "rod"}}


def test_files_that_are_not_there_are_named(tmp_path):
    with pytest.raises(DataError, match=r"missing\.csv' cannot be read as CSV"):
        read_classes(tmp_path / "missing.csv", "")
    with pytest.raises(DataError, match=r"there is no file \*_particles\.csv in"):
        read_classes(tmp_path, "_particles")
    (tmp_path / "classes.csv").write_bytes(b"image,instance,class\n\xff\xfe,1,rod\n")
    with pytest.raises(DataError, match=r"classes\.csv' cannot be read as CSV"):
        read_classes(tmp_path / "classes.csv", "")


def test_a_number_that_no_label_image_holds_is_named_with_its_image(tmp_path):
    write_images(tmp_path, "a", "b")
    write_lines(tmp_path / "classes.csv", "image,instance,class", "a,4,rod", "b,1,rod")
    with pytest.raises(DataError, match=r"(?s)1 problem.*'s/a\.png' has no particle 4, which has a class"):
        loaded(describe(tmp_path, 'classes = "classes.csv"'))


def test_images_without_classes_are_left_out_and_it_is_said(tmp_path):
    write_images(tmp_path, "a", "b", "c")
    write_lines(tmp_path / "classes.csv", "image,instance,class", "b,1,rod")
    data = read_data(describe(tmp_path, 'classes = "classes.csv"'), READERS)
    assert [entry.name for entry in data.entries] == ["s/b.png"]
    assert data.notes == ("source 's': 2 image(s) without classes left out",)
    write_lines(tmp_path / "classes.csv", "image,instance,class", "z,1,rod")
    with pytest.raises(DataError, match=r"classes\.csv' names no image of"):
        read_data(tmp_path / "data.toml", READERS)


def test_numbers_with_gaps_keep_their_classes(tmp_path):
    labels = disc_labels(SHAPE, DISCS)
    # the leftmost disc has the highest number
    numbers = np.array([0, 900, 17, 205], np.uint16)[labels]
    write_images(tmp_path, "a", labels=numbers)
    write_lines(tmp_path / "classes.csv", "image,instance,class", "a,900,left", "a,17,middle", "a,205,right")
    (image,) = loaded(describe(tmp_path, 'classes = "classes.csv"'))
    where = {image.classes[image.labels[y, x]]: x for x, y, _ in DISCS}
    assert where == {"left": 15, "middle": 40, "right": 65}


def test_particles_in_the_data_bar_drop_out_with_their_classes(tmp_path):
    # Noise above, a black bar with letters below: the labels cover both, as those of some programs do.
    grey = np.random.default_rng(0).normal(90, 12, (256, 240)).clip(1, 255)
    labels = np.zeros((256, 240), np.uint16)
    for number, x in ((1, 60), (3, 150)):
        labels[60:90, x : x + 30] = number
        grey[60:90, x : x + 30] += 100
    grey[236:] = 0
    grey[242:250, 20:60:2] = 255
    labels[240:250, 20:60] = 2
    write_png(tmp_path / "images" / "a.png", grey.clip(0, 255).astype(np.uint8))
    write_png(tmp_path / "labels" / "a.png", labels)
    rows = ["a,1,rod", "a,2,letter", "a,3,cube"]
    write_lines(tmp_path / "classes.csv", "image,instance,class", *rows)
    (image,) = loaded(describe(tmp_path, 'classes = "classes.csv"', data_bar="true"))
    assert image.micrograph.shape == (236, 240)
    assert image.labels.max() == 2
    assert {image.classes[label]: int(np.nonzero(image.labels == label)[1].min()) for label in (1, 2)} == {
        "rod": 60,
        "cube": 150,
    }


FOLDERS = ('format = "folders"',)


def write_crops(folder, side=40):
    """Two discs of radius 10 and 14, and a square of 20 px, each in the middle of a picture of its own."""
    for name, radius in (("1", 10), ("2", 14)):
        disc = draw_discs((side, side), [((side - 1) / 2, (side - 1) / 2, radius)])
        write_png(folder / "images" / "circle" / f"{name}.png", disc)
    square = np.full((side, side), 60, np.uint8)
    square[10:30, 10:30] = 180
    write_png(folder / "images" / "square" / "1.png", square)


def test_a_folder_for_each_class_holds_pictures_of_single_particles(tmp_path):
    write_crops(tmp_path)
    images = {image.name: image for image in loaded(describe(tmp_path, *FOLDERS, labels=""))}
    # names are told apart by their folders
    assert {name: image.classes for name, image in images.items()} == {
        "s/circle/1.png": {1: "circle"},
        "s/circle/2.png": {1: "circle"},
        "s/square/1.png": {1: "square"},
    }
    assert images["s/circle/2.png"].labels.sum() == pytest.approx(np.pi * 14**2, rel=0.05)
    # smoothing before the threshold rounds the corners by a few pixels
    assert images["s/square/1.png"].labels.sum() == pytest.approx(400, abs=8)


def test_of_several_pieces_the_one_in_the_middle_is_the_particle(tmp_path):
    discs = [(20, 20, 9), (3, 3, 12)]
    write_crops(tmp_path)
    write_png(tmp_path / "images" / "circle" / "1.png", draw_discs((40, 40), discs))
    image = next(i for i in loaded(describe(tmp_path, *FOLDERS, labels="")) if i.name == "s/circle/1.png")
    assert image.labels[20, 20] == 1
    assert image.labels[3, 3] == 0


def test_a_hole_belongs_to_the_particle_around_it(tmp_path):
    write_crops(tmp_path)
    ring = draw_discs((40, 40), [(19.5, 19.5, 14)])
    ring[16:24, 16:24] = 60
    write_png(tmp_path / "images" / "circle" / "2.png", ring)
    image = next(i for i in loaded(describe(tmp_path, *FOLDERS, labels="")) if i.name == "s/circle/2.png")
    assert image.labels[20, 20] == 1


@pytest.mark.parametrize(("polarity", "ground", "grey"), [("bright", 60, 180), ("dark", 180, 60)])
def test_the_polarity_of_the_source_holds_for_crops_that_a_particle_fills(tmp_path, polarity, ground, grey):
    # A cross that reaches all four sides: it hangs together and is concave as a ground is, so that the picture
    # alone would tell the wrong polarity.
    cross = np.full((40, 40), ground, np.uint8)
    cross[11:29], cross[:, 11:29] = grey, grey
    assert find_polarity((cross / 255).astype(np.float32)) != polarity
    for name in ("cross", "other"):
        write_png(tmp_path / "images" / name / "1.png", cross)
    for image in loaded(describe(tmp_path, *FOLDERS, f'polarity = "{polarity}"', labels="")):
        assert image.labels[20, 20] == 1
        assert not image.labels[[0, 0, -1, -1], [0, -1, 0, -1]].any()


def test_pictures_that_cannot_be_used_are_listed_with_folder_and_name(tmp_path):
    write_crops(tmp_path)
    write_png(tmp_path / "images" / "square" / "2.png", np.full((40, 40), 100, np.uint8))
    (tmp_path / "images" / "square" / "3.png").write_bytes(b"no picture")
    with pytest.raises(DataError) as caught:
        loaded(describe(tmp_path, *FOLDERS, labels=""))
    message = str(caught.value)
    assert "2 problem(s)" in message
    assert "s/square/2.png: '2.png' shows no particle: all its pixels are alike" in message
    assert "s/square/3.png: " in message


def test_folders_that_are_missing_or_empty_are_named(tmp_path):
    (tmp_path / "images").mkdir()
    path = describe(tmp_path, *FOLDERS, labels="")
    with pytest.raises(DataError, match=r"images' holds no folder; format = \"folders\" needs one for each"):
        read_data(path, READERS)
    (tmp_path / "images" / "rod").mkdir()
    with pytest.raises(DataError, match=r"there is no image in .*rod'"):
        read_data(path, READERS)


@pytest.mark.parametrize(
    ("labels", "lines", "words"),
    [
        ('labels = "labels"', FOLDERS, "does without, and takes none"),
        ("", (), "labels is missing"),
        ("", (*FOLDERS, 'classes = "classes.csv"'), "takes the classes from the names of the folders"),
    ],
)
def test_options_that_contradict_each_other_are_refused(tmp_path, labels, lines, words):
    write_images(tmp_path, "a")
    with pytest.raises(UsageError, match=words):
        read_data(describe(tmp_path, *lines, labels=labels), READERS)
