"""Outlines on disk: what is read back lies where the picture shows the particle."""

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analyzed import analyze_discs
from nanosieve import Frame, Micrograph, Segmentation, cut_particles
from nanosieve.errors import ResultsError
from nanosieve.outline_file import outline_path, read_outlines, write_outlines
from pictures import WHOLE


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory):
    return analyze_discs(tmp_path_factory.mktemp("outlined"))


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


def test_analyze_keeps_what_it_measured(analyzed):
    table = analyzed.tables.particles
    for row, height in zip(analyzed.tables.images.itertuples(), (200, 220), strict=True):
        found = read_outlines(analyzed.folder, row.stem)
        rows = table[table["image"] == row.image].set_index("label")
        assert found.image == row.image
        # the data bar of the second picture belongs to the picture, not to the frame
        assert found.picture_shape == (height, 260)
        assert found.frame == Frame(0, 0, 200, 260)
        assert sorted(rows.index) == found.labels.tolist()
        y_nm, x_nm = found.pixel_size_nm
        centres = np.array([disc[:2] for disc in WHOLE])
        accepted = rows.index[rows["accepted"]]
        assert len(accepted) == len(WHOLE)
        for label, outline in found:
            if label in accepted:
                # the polygon of a disc of radius 12 px, by chords within the pixels, misses less than 1 % of its area
                assert shoelace(outline) * x_nm * y_nm == pytest.approx(rows["area_nm2"][label], rel=0.01)
                # the centres that were drawn count from the centre of the first pixel
                assert np.hypot(*(outline.mean(axis=0) - 0.5 - centres).T).min() < 0.1


def test_outlines_that_were_lost_are_made_again_and_no_others(analyzed):
    lost, kept = (outline_path(analyzed.folder, stem) for stem in analyzed.tables.images["stem"])
    before, written = pq.read_table(lost), kept.stat().st_mtime_ns
    lost.unlink()
    again = analyze_discs(analyzed.folder.parent)
    assert again.reused == 1
    assert pq.read_table(lost).equals(before)
    assert kept.stat().st_mtime_ns == written
