"""A picture that is sent gets the table, and the label image, that the Python interface makes of its file."""

import io
import json
import zipfile

import pandas as pd
import pytest
import tifffile

from nanosieve import Host, analyze, open_micrograph
from nanosieve.loading import load_classifier, load_segmenter
from pictures import DISCS, draw_discs, write_tiff
from served import get, post, serving

HOST = Host()


@pytest.fixture(scope="module")
def server():
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    return write_tiff(tmp_path_factory.mktemp("images") / "discs.tif", draw_discs((200, 260), DISCS))


@pytest.fixture(scope="module")
def analysis(picture):
    return analyze(
        open_micrograph(picture, readers=HOST.readers),
        segmenter=load_segmenter("threshold", HOST).tool,
        classifier=load_classifier("geometry", HOST).tool,
        measures=HOST.measures,
    )


def read_json(answer):
    return pd.DataFrame(answer.json()["particles"])


def read_csv(answer):
    return pd.read_csv(io.BytesIO(answer.content), keep_default_na=True, na_values=[""])


def read_parquet(answer):
    return pd.read_parquet(io.BytesIO(answer.content))


FORMATS = {
    "json": ("application/json", read_json),
    "csv": ("text/csv", read_csv),
    "parquet": ("application/vnd.apache.parquet", read_parquet),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("how", ["query", "Accept"])
def test_the_table_is_that_of_the_python_interface(server, picture, analysis, name, how):
    media_type, read = FORMATS[name]
    asked = {"params": {"format": name}} if how == "query" else {"headers": {"Accept": media_type}}
    answer = post(server, "/analyze?name=discs.tif", picture.read_bytes(), **asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == media_type
    served = read(answer)
    assert len(served) == len(DISCS)
    # of text files "" comes back as a missing value
    served["reason"] = served["reason"].fillna("")
    # a float64 is written with all its digits, so nothing is lost
    pd.testing.assert_frame_equal(
        served, analysis.table, check_dtype=False, check_exact=True, check_column_type=False
    )


def test_the_label_image_is_that_of_the_table_and_has_its_scale(server, picture, analysis):
    answer = post(server, "/analyze", picture.read_bytes(), params={"format": "tiff"})
    with tifffile.TiffFile(io.BytesIO(answer.content)) as file:
        assert (file.asarray() == analysis.particles.segmentation.labels).all()
        assert 'PhysicalSizeX="2.5"' in file.ome_metadata


def test_one_request_can_have_everything(server, picture, analysis):
    answer = post(server, "/analyze?format=zip", picture.read_bytes())
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {"particles.parquet", "particles.csv", "labels.tif", "summary.json"}
        table = pd.read_parquet(io.BytesIO(archive.read("particles.parquet")))
        labels = tifffile.imread(io.BytesIO(archive.read("labels.tif")))
        said = json.loads(archive.read("summary.json"))
    assert len(table) == labels.max() == len(DISCS)
    assert said["image"]["pixel_size_nm"] == 2.5


def test_png_and_tiff_of_the_same_pixels_give_the_same_particles(server, picture, tmp_path):
    import cv2

    path = tmp_path / "discs.png"
    cv2.imwrite(str(path), tifffile.imread(picture))
    sizes = [
        read_json(post(server, "/analyze", data, headers={"X-Pixel-Size": "2.5 nm"}))["area_nm2"]
        for data in (picture.read_bytes(), path.read_bytes())
    ]
    assert list(sizes[0]) == list(sizes[1])


@pytest.mark.parametrize("place", ["query", "header"])
def test_a_pixel_size_of_the_request_is_over_that_of_the_file(server, picture, analysis, place):
    given = {"params": {"pixel_size": "5 nm"}} if place == "query" else {"headers": {"X-Pixel-Size": "5 nm"}}
    answer = post(server, "/analyze", picture.read_bytes(), **given)
    # twice as long a side: lengths twice, areas four times
    assert read_json(answer)["area_nm2"].to_numpy() == pytest.approx(
        4 * analysis.table["area_nm2"].to_numpy()
    )
    said = answer.json()["image"]
    assert said["pixel_size_source"] == "given by the user"
    assert "replaces that of the file: 2.5 nm" in said["warnings"][0]


def test_every_answer_names_the_model_and_its_settings(server, picture):
    told = get(server, "/model").json()["segmenter"]
    for chosen in ("json", "csv", "parquet", "tiff", "zip"):
        answer = post(server, "/analyze", picture.read_bytes(), params={"format": chosen})
        assert answer.headers["X-Nanosieve-Model"] == "threshold"
        assert answer.headers["X-Nanosieve-Version"] == told["version"]
        assert answer.headers["X-Nanosieve-Digest"] == told["digest"]
        said = json.loads(answer.headers["X-Nanosieve-Provenance"])
        assert said["segmenter"]["settings"]["method"] == "li"
        assert said["rules"]["confidence"] == 0.75


def test_settings_are_those_of_the_start(picture):
    with serving(classifier=None, words={"unit": "px", "settings": ["rules.min_diameter_px=5"]}) as server:
        answer = post(server, "/analyze", picture.read_bytes())
    table = read_json(answer)
    assert set(table["class"]) == {"unclassified"}
    assert "area_px2" in table
    # the disc of radius 4 is as large as that now
    assert "too_small" not in set(table["reason"])


def test_a_picture_without_particles_has_an_empty_table_with_all_columns(server, tmp_path, analysis):
    path = write_tiff(tmp_path / "empty.tif", draw_discs((60, 60), []))
    answer = post(server, "/analyze?format=csv", path.read_bytes())
    assert answer.status_code == 200, answer.text
    assert list(read_csv(answer).columns) == list(analysis.table.columns)
    assert post(server, "/analyze", path.read_bytes()).json()["particles"] == []
