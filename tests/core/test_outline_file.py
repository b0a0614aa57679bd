"""Outlines on disk: what is read back lies where the picture shows the particle."""

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nanosieve import Frame, Micrograph, Segmentation, cut_particles
from nanosieve.errors import ResultsError
from nanosieve.outline_file import outline_path, read_outlines, write_outlines
from pictures import DISCS, draw_discs, write_tiff


def shoelace(polygon):
    x, y = polygon.T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def particles_of(mask, *, soft=False, **micrograph):
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    image = Micrograph(pixels=np.zeros(mask.shape, np.float32), name="x.tif", **micrograph)
    foreground = mask.astype(np.float32) if soft else None
    return cut_particles(image, Segmentation(labels=labels.astype(np.int32), foreground=foreground))


def two_boxes():
    mask = np.zeros((20, 30), bool)
    mask[3:7, 5:15] = True
    mask[10:18, 20:22] = True
    return mask


def test_a_box_of_whole_pixels_has_whole_coordinates_from_the_corner_of_the_first_pixel(tmp_path):
    write_outlines(particles_of(two_boxes()), tmp_path, "x")
    found = read_outlines(tmp_path, "x")
    boxes = {label: (*outline.min(axis=0), *outline.max(axis=0)) for label, outline in found}
    # columns 5 to 14 cover x from 5 to 15
    assert boxes == {1: (5, 3, 15, 7), 2: (20, 10, 22, 18)}
    assert [shoelace(outline) for _, outline in found] == [40, 16]


def test_the_offset_of_the_frame_is_added(tmp_path):
    frame = Frame(100, 40, 120, 70)
    particles = particles_of(two_boxes(), frame=frame, picture_shape=(200, 70))
    write_outlines(particles, tmp_path, "x")
    found = read_outlines(tmp_path, "x")
    assert found.frame == frame
    assert found.picture_shape == (200, 70)
    assert found.outlines[0].min(axis=0).tolist() == [45, 103]


def test_pixels_that_are_not_square_are_those_of_the_picture(tmp_path):
    # (y, x) in nm: measures see x and y stretched, the file does not
    particles = particles_of(two_boxes(), pixel_size_nm=(4.0, 1.0))
    assert particles.stretch == (0.5, 2.0)
    write_outlines(particles, tmp_path, "x")
    found = read_outlines(tmp_path, "x")
    assert found.pixel_size_nm == (4.0, 1.0)
    assert found.outlines[0].max(axis=0) == pytest.approx([15, 7])
    # the area in nm is that of the measures
    assert shoelace(found.outlines[0]) * 4 * 1 == pytest.approx(particles.areas[0] * 4)


def test_without_particles_the_file_is_there_and_empty(tmp_path):
    write_outlines(particles_of(np.zeros((5, 6), bool)), tmp_path, "x")
    found = read_outlines(tmp_path, "x")
    assert len(found) == 0
    assert list(found) == []
    assert found.picture_shape == (5, 6)


def test_some_of_the_particles_keep_their_labels(tmp_path):
    write_outlines(particles_of(two_boxes()).take([1]), tmp_path, "x")
    ((label, outline),) = read_outlines(tmp_path, "x")
    assert label == 2
    assert outline.max(axis=0).tolist() == [22, 18]


def test_a_missing_or_foreign_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(ResultsError, match="analyse again"):
        read_outlines(tmp_path, "x")
    path = outline_path(tmp_path, "x")
    path.parent.mkdir()
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(ResultsError, match="cannot be read as outlines"):
        read_outlines(tmp_path, "x")
    pd.DataFrame({"label": [1]}).to_parquet(path)
    with pytest.raises(ResultsError, match="cannot be read as outlines"):
        read_outlines(tmp_path, "x")


def test_analyze_writes_what_it_measured_and_draws_it_again_where_it_is_lost(nanosieve, tmp_path):
    # a data bar below: coordinates count in the whole picture
    picture = np.vstack([draw_discs((200, 260), DISCS), np.zeros((20, 260), np.uint8)])
    image = write_tiff(tmp_path / "discs.tif", picture)
    arguments = ("analyze", "--segmenter", "threshold", image, "--out", tmp_path / "r")
    assert nanosieve(*arguments).returncode == 0
    table = pd.read_parquet(tmp_path / "r" / "particles.parquet").set_index("label")
    (row,) = pd.read_csv(tmp_path / "r" / "images.csv").itertuples()
    found = read_outlines(tmp_path / "r", row.stem)
    assert found.image == row.image
    assert found.picture_shape == (220, 260)
    assert found.frame == Frame(0, 0, 200, 260)
    assert sorted(table.index) == found.labels.tolist()
    accepted = table.index[table["accepted"]]
    assert len(accepted) == 10
    y_nm, x_nm = found.pixel_size_nm
    true = np.array([disc[:2] for disc in DISCS[:10]])
    for label, outline in found:
        if label in accepted:
            # the polygon of a disc of radius 12 px, by chords within the pixels, misses less than 1 % of its area
            assert shoelace(outline) * x_nm * y_nm == pytest.approx(table["area_nm2"][label], rel=0.01)
            # true centres count from the centre of the first pixel
            assert np.hypot(*(outline.mean(axis=0) - 0.5 - true).T).min() < 0.1

    path = outline_path(tmp_path / "r", row.stem)
    before = pq.read_table(path)
    path.unlink()
    assert "earlier run" not in nanosieve(*arguments).stdout
    assert pq.read_table(path).equals(before)
    assert "earlier run" in nanosieve(*arguments).stdout
