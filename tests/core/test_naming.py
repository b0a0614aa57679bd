"""Names of images are unique, and plain where they can be."""

from pathlib import Path

from nanosieve.naming import name_images


def stems(*paths):
    return [image.stem for image in name_images([Path(path) for path in paths])]


def test_single_files_keep_their_names():
    assert stems("a/one.tif", "b/two.tif") == ["one", "two"]
    assert [image.name for image in name_images([Path("a/one.tif")])] == ["one.tif"]


def test_same_name_in_two_folders_gets_the_folder():
    assert stems("se/x.tif", "stem/x.tif", "stem/y.tif") == ["se_x", "stem_x", "y"]
    assert [image.name for image in name_images([Path("se/x.tif"), Path("stem/x.tif")])] == [
        "se/x.tif",
        "stem/x.tif",
    ]


def test_same_stem_with_two_suffixes_gets_the_suffix():
    assert stems("a/x.tif", "a/x.png") == ["x_tif", "x_png"]


def test_names_that_differ_only_in_case_are_told_apart():
    found = stems("a/X.tif", "b/x.tif")
    assert len({stem.casefold() for stem in found}) == 2


def test_deep_folders_are_told_apart():
    found = stems("1/raw/x.tif", "2/raw/x.tif")
    assert len(set(found)) == 2


def test_a_made_up_name_never_meets_a_real_one():
    # "a_x.tif" is a real file beside a/x.tif and b/x.tif, which would both like to be called after their folder
    found = stems("a/x.tif", "b/x.tif", "c/a_x.tif")
    assert len(set(found)) == 3
