"""The picture kept beside the results: it shows what was analysed, also when the original is gone."""

import numpy as np
import pandas as pd
import pytest

from drawn_samples import analyse
from nanosieve import Micrograph
from nanosieve.errors import ResultsError
from nanosieve.picture_file import LONGEST_SIDE_PX, picture_path, read_picture, write_picture
from pictures import DISCS, draw_discs, write_tiff


def test_the_picture_is_the_analysed_part_in_grey(tmp_path):
    pixels = np.tile(np.linspace(0, 1, 120, dtype=np.float32), (80, 1))
    write_picture(Micrograph(pixels=pixels), tmp_path, "ramp")
    found = read_picture(tmp_path, "ramp")
    assert found.shape == (80, 120)
    # a smooth ramp loses no more than a few grey values to JPEG
    assert np.abs(found / 255 - pixels).max() < 0.02


def test_a_huge_picture_is_kept_smaller_than_jpeg_could_hold(tmp_path):
    write_picture(Micrograph(pixels=np.zeros((2, 66_000), np.float32)), tmp_path, "strip")
    assert read_picture(tmp_path, "strip").shape == (1, LONGEST_SIDE_PX)


def test_a_missing_or_damaged_picture_is_named_with_the_remedy(tmp_path):
    with pytest.raises(ResultsError, match="analyse again"):
        read_picture(tmp_path, "x")
    for content in (b"", b"no JPEG"):
        picture_path(tmp_path, "x").parent.mkdir(exist_ok=True)
        picture_path(tmp_path, "x").write_bytes(content)
        with pytest.raises(ResultsError, match="cannot be read as JPEG"):
            read_picture(tmp_path, "x")


def test_a_run_keeps_the_picture_and_makes_it_again_where_it_is_lost(tmp_path):
    image = write_tiff(tmp_path / "discs.tif", draw_discs((200, 260), DISCS))
    analyse([image], tmp_path / "r", report=False)
    (row,) = pd.read_csv(tmp_path / "r" / "images.csv").itertuples()
    assert read_picture(tmp_path / "r", row.stem).shape == (200, 260)
    picture_path(tmp_path / "r", row.stem).unlink()
    assert analyse([image], tmp_path / "r", report=False).reused == 0
    assert read_picture(tmp_path / "r", row.stem).shape == (200, 260)
    assert analyse([image], tmp_path / "r", report=False).reused == 1
