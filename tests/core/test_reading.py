"""Which files are images, how lengths are written, and where the data bar begins."""

import numpy as np
import pytest

from nanosieve import Host, RawImage, ReaderSpec
from nanosieve.data_bar import find_data_bar
from nanosieve.errors import ContractError, ReadError, UsageError
from nanosieve.polarity import find_polarity, guess_polarity
from nanosieve.reading import find_images, open_micrograph
from nanosieve.scale import parse_length, parse_pixel_size
from nanosieve.simulate import KINDS, SimulationSettings, simulate

READERS = Host(entry_points=False).readers


@pytest.fixture
def folder(tmp_path):
    for name in ("10.tif", "2.tif", "b.PNG", ".hidden.tif", "notes.txt", "sub/3.tif"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path / "in"


def names(*paths):
    return [path.name for path in find_images(paths, READERS)]


def test_a_folder_gives_its_images_in_natural_order(folder):
    assert names(folder) == ["2.tif", "10.tif", "b.PNG"]


def test_patterns_and_doubles(folder):
    assert names(str(folder / "*.tif"), folder / "2.tif") == ["2.tif", "10.tif"]
    assert names(str(folder / "**" / "*.tif")) == ["2.tif", "10.tif", "3.tif"]


def test_links_that_lead_out_of_the_folder_are_left_out(folder, tmp_path):
    (tmp_path / "secret.tif").write_bytes(b"")
    (folder / "link.tif").symlink_to(tmp_path / "secret.tif")
    assert "link.tif" not in names(folder)


def test_missing_paths_and_empty_folders_say_what_to_do(folder, tmp_path):
    with pytest.raises(UsageError, match=r"no file or folder .*imm'.*"):
        find_images([tmp_path / "imm"], READERS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no image in .*empty.*\.tif"):
        find_images([tmp_path / "empty"], READERS)


@pytest.mark.parametrize(
    ("text", "nm"),
    [
        ("7.34 nm", 7.34),
        ("7,34nm", 7.34),
        ("0.5 µm", 500),
        ("0.5 um", 500),
        ("3 A", 0.3),
        ("2e-3 mm", 2000),
        (".5 pm", 5e-4),
    ],
)
def test_lengths(text, nm):
    assert parse_length(text) == pytest.approx(nm)


@pytest.mark.parametrize("text", ["7.34", "nm", "-1 nm", "0 nm", "7 furlong", "1 1/nm", ""])
def test_what_is_no_length_is_named(text):
    with pytest.raises(UsageError):
        parse_length(text)


def test_pixel_sizes_in_x_and_y():
    found = parse_pixel_size("7.34 x 7.40 nm")
    assert (found.x_nm, found.y_nm) == (7.34, 7.40)
    found = parse_pixel_size("0.5 um \u00d7 400 nm")
    assert (found.x_nm, found.y_nm) == (500, 400)
    with pytest.raises(UsageError, match="1 pm and 1 mm"):
        parse_pixel_size("5 m")


@pytest.mark.parametrize("kind", KINDS)
def test_the_data_bar_of_a_simulated_picture_is_found_to_the_row(kind):
    settings = SimulationSettings(height=400, width=500)
    picture = simulate(kind, settings, seed=2)
    assert find_data_bar(picture.pixels) == picture.pixels.shape[0] - 400
    assert find_data_bar(picture.pixels[:400]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_polarity_of_simulated_pictures_and_of_their_negatives(kind):
    for seed in range(3):
        picture = simulate(kind, SimulationSettings(height=400, width=500, data_bar=False), seed=seed)
        grey = (picture.pixels / np.float32(255)).astype(np.float32)
        assert find_polarity(grey) == picture.polarity
        assert find_polarity(1 - grey) != picture.polarity


@pytest.mark.parametrize(("kind", "seed"), [("se", 1), ("stem_bf", 0), ("stem_df", 1)])
def test_small_particles_of_a_mosaic_have_the_polarity_that_those_of_one_tile_have(kind, seed):
    # ten by ten tiles: reduced to 512 px, particles of 24 px would be 1.5 px wide
    settings = SimulationSettings(height=800, width=800, diameter_nm=24, pixel_size_nm=1, data_bar=False)
    picture = simulate(kind, settings, seed=seed)
    tile = (picture.pixels / np.float32(255)).astype(np.float32)
    polarity, certainty = guess_polarity(np.pad(tile, ((0, 7200), (0, 7200)), mode="symmetric"))
    assert polarity == picture.polarity
    assert certainty > 0.85


def test_flat_pictures_have_no_data_bar_and_some_polarity():
    assert find_data_bar(np.zeros((100, 100))) == 0
    assert find_data_bar(np.zeros((1, 1))) == 0
    assert find_polarity(np.zeros((1, 1), np.float32)) == "bright"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (np.zeros((2, 2)), "must return a RawImage"),
        (RawImage(pixels=np.zeros((2, 2, 2))), r"\(H, W\)"),
        (RawImage(pixels=np.zeros((0, 2))), "no pixels"),
        (RawImage(pixels=np.zeros((2, 2), complex)), "real array"),
    ],
)
def test_nonsense_of_a_reader_is_refused_at_the_border(tmp_path, answer, said):
    (tmp_path / "x.odd").write_bytes(b"")
    spec = ReaderSpec(name="odd", summary="Odd.", suffixes=(".odd",), read=lambda path: answer)
    with pytest.raises(ContractError, match=said):
        open_micrograph(tmp_path / "x.odd", readers={"odd": spec})


def test_a_reader_that_raises_is_named(tmp_path):
    def fail(path):
        raise KeyError("x")

    (tmp_path / "x.odd").write_bytes(b"")
    spec = ReaderSpec(name="odd", summary="Odd.", suffixes=(".odd",), read=fail)
    with pytest.raises(ReadError, match=r"x\.odd.*reader 'odd' raised KeyError"):
        open_micrograph(tmp_path / "x.odd", readers={"odd": spec})


def test_a_ground_that_evens_out_towards_the_bottom_is_no_data_bar():
    # more and more of each row has one grey value, as under a beam that burns the picture out
    rng = np.random.default_rng(4)
    rows = np.arange(400)[:, None]
    even = rng.random((400, 300)) < np.clip((rows - 150) / 300, 0, 0.75)
    pixels = np.where(even, 250, rng.integers(60, 200, (400, 300))).astype(np.uint8)
    assert find_data_bar(pixels) == 0
    pixels[-40:] = 250
    pixels[-30:-22, 20:120:3] = 0
    assert find_data_bar(pixels) == 0  # nothing divides it from the even ground above
    pixels[:-40] = rng.integers(60, 200, (360, 300))
    assert find_data_bar(pixels) == 40
