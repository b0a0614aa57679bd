"""Simulated pictures as files: what a vendor's reader finds in them is true."""

import json

import numpy as np
import pandas as pd
import pytest
import tifffile

from nanosieve.errors import OutputError
from nanosieve.host import Host
from nanosieve.reading import find_images, open_micrograph
from nanosieve.simulate import KINDS, SimulationSettings, simulate, write


@pytest.fixture(params=KINDS)
def picture(request):
    return simulate(request.param, SimulationSettings(height=240, width=320, pixel_size_nm=3.21), seed=9)


def test_the_pixel_size_reads_back_by_the_parser_of_the_vendor(picture, tmp_path):
    path, *_ = write(picture, tmp_path, "a")
    with tifffile.TiffFile(path) as file:
        if picture.kind == "se":
            entry = file.sem_metadata["ap_image_pixel_size"]
            assert entry == ("Image Pixel Size", 3.21, "nm")
            # the unnamed block counts in pixels of a picture 1024 px wide
            block = file.sem_metadata[""]
            assert block[3] * 1e9 * 1024 / 320 == pytest.approx(3.21)
            assert len(block) == 35
            assert block[-1] == len(file.sem_metadata) - 1
        else:
            metadata = file.fei_metadata
            assert metadata["Scan"]["PixelWidth"] * 1e9 == pytest.approx(3.21)
            assert metadata["Scan"]["PixelHeight"] * 1e9 == pytest.approx(3.21)
            assert metadata["EBeam"]["HFW"] * 1e9 == pytest.approx(3.21 * 320)
            assert metadata["PrivateFei"]["DatabarHeight"] == picture.data_bar_rows


@pytest.mark.parametrize("side_nm", [0.21, 3.21, 3210.0])
@pytest.mark.parametrize("kind", ["se", "stem_bf"])
def test_our_own_reader_finds_size_and_data_bar(kind, side_nm, tmp_path):
    settings = SimulationSettings(height=200, width=300, pixel_size_nm=side_nm, diameter_nm=30 * side_nm)
    made = simulate(kind, settings, seed=2)
    path, *_ = write(made, tmp_path, "a")
    micrograph = open_micrograph(path, readers=Host().readers)
    assert micrograph.pixel_size_nm == pytest.approx((side_nm, side_nm), rel=1e-4)
    assert micrograph.pixel_size_confidence == "high"
    assert micrograph.shape == made.labels.shape
    assert not micrograph.warnings


def test_the_answer_lies_beside_the_picture_and_is_complete(picture, tmp_path):
    paths = write(picture, tmp_path, "a")
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "a.tif",
        "truth/a_labels.tif",
        "truth/a_particles.csv",
        "truth/a_outlines.json",
        "truth/a_settings.json",
    ]
    labels = tifffile.imread(paths[1])
    assert labels.dtype == np.uint32
    assert (labels == picture.labels).all()
    pd.testing.assert_frame_equal(pd.read_csv(paths[2]), picture.particles)
    outlines = json.loads(paths[3].read_text(encoding="utf-8"))
    assert np.array(outlines[0]) == pytest.approx(picture.outlines[0], abs=6e-4)
    made = json.loads(paths[4].read_text(encoding="utf-8"))
    settings = SimulationSettings(**made["settings"])
    again = simulate(made["kind"], settings, made["seed"])
    assert (again.pixels == tifffile.imread(paths[0])).all()


def test_the_folder_can_be_analysed_as_it_stands(picture, tmp_path):
    write(picture, tmp_path, "a")
    assert [path.name for path in find_images([str(tmp_path)], Host().readers)] == ["a.tif"]


def test_the_same_seed_gives_the_same_bytes(picture, tmp_path):
    for name in ("one", "other"):
        again = simulate(picture.kind, picture.settings, picture.seed)
        write(again, tmp_path / name, "a")
    for path in (tmp_path / "one").rglob("a*"):
        assert path.read_bytes() == (tmp_path / "other" / path.relative_to(tmp_path / "one")).read_bytes()


def test_what_is_there_is_kept_unless_forced(picture, tmp_path):
    path, *_ = write(picture, tmp_path, "a")
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match="--force"):
        write(picture, tmp_path, "a")
    assert path.read_bytes() == b"precious"
    write(picture, tmp_path, "a", force=True)
    assert path.read_bytes() != b"precious"


def test_the_command_writes_pictures_and_says_so_in_json(nanosieve, tmp_path):
    finished = nanosieve(
        *("simulate", "stem-bf", "--count", 2, "--seed", 5, "--size", "200x150", "--pixel-size", "0.5 nm"),
        *("--diameter", "12 nm", "--set", "coverage=0.3", "--out", tmp_path, "--json"),
    )
    assert finished.returncode == 0, finished.stderr
    rows = json.loads(finished.stdout)
    assert len(rows) == 2
    with tifffile.TiffFile(rows[0]["picture"]) as file:
        assert file.fei_metadata["Scan"]["PixelWidth"] == pytest.approx(0.5e-9)
        assert file.pages[0].imagewidth == 200
    again = nanosieve("simulate", "stem-bf", "--seed", 5, "--out", tmp_path)
    assert again.returncode != 0
    assert "--force" in again.stderr
